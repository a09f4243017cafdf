"""The tracker alone, beside splitting the frames that its events came from into dicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.ami.codec import Frame, Framer
from bridge.ami.translate import KINDS, TELLING, translate
from bridge.domain.pbx_events import PbxEvent
from bridge.tracker.tracker import Tracker, track
from tests.bench.captures import END, copy, interleaved, of_office
from tests.bench.stopwatch import best_of
from tests.bench.table import Row, at_least, rate

CALLS: Final = 5000
AT_ONCE: Final = 500
ROUNDS: Final = 3


def tracker() -> Iterator[tuple[str, list[Row]]]:
    """5,000 calls through each other, 500 at once, one of every scenario in turn."""
    office = of_office()
    told = [_telling(call.capture()) for call in office]
    streams = [copy(told[i % len(told)], i).split(END) for i in range(CALLS)]
    frames = [message.decode() for message in interleaved(streams, AT_ONCE)]
    events = [event for text in frames if (event := _event(text)) is not None]
    directory = office[0].directory()
    best = best_of(
        ROUNDS,
        {
            "tracker": lambda: track(Tracker("pbx", directory), events),
            "dicts": lambda: [split(text) for text in frames],
        },
    )
    events_a_second = len(events) / best["tracker"]
    yield (
        f"{CALLS:,} calls through each other, {AT_ONCE} at once",
        [
            Row("events", f"{len(events):,}"),
            rate("tracker: PbxEvents → CallEvents and records", len(events), best["tracker"], "events"),
            rate("the same messages split into dicts", len(frames), best["dicts"], "messages"),
            at_least("tracker ÷ dicts", events_a_second * best["dicts"] / len(frames), 1),
        ],
    )


def split(text: str) -> dict[str, str]:
    """Plainly: header and value of each line."""
    return dict(line.split(": ", 1) for line in text.split("\r\n") if ": " in line)


def _telling(capture: bytes) -> bytes:
    """Only the messages that the tracker hears of."""
    frames = (item for item in Framer(KINDS, TELLING).feed(capture) if isinstance(item, Frame))
    return END.join(f.text[2:-2].encode() for f in frames if f.kind and translate(f) is not None)


def _event(text: str) -> PbxEvent | None:
    return translate(Frame(text[7:].partition("\r")[0], f"\r\n{text}\r\n", 0))
