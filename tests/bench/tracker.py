"""The tracker alone, beside splitting the frames that its events came from into dicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from bridge.ami.codec import Frame, Framer
from bridge.ami.translate import KINDS, TELLING, translate
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import PbxEvent
from bridge.tracker.tracker import Tracker
from tests.bench.captures import END, busy, of_office
from tests.bench.stopwatch import best_of
from tests.bench.table import Row, at_least, rate

CALLS: Final = 5000
A_SECOND: Final = 100
ROUNDS: Final = 3


def tracker() -> Iterator[tuple[str, list[Row]]]:
    """5,000 calls through each other, one of every scenario of the office in turn."""
    office = of_office()
    told = [_telling(call.capture()) for call in office]
    frames = [message.decode() for message in busy(told, CALLS, A_SECOND)]
    events = [event for text in frames if (event := _event(text)) is not None]
    directory = office[0].directory()
    best = best_of(
        ROUNDS,
        {"tracker": lambda: track(events, directory), "dicts": lambda: split(frames)},
    )
    events_a_second = len(events) / best["tracker"]
    yield (
        f"{CALLS:,} calls through each other, {A_SECOND} begun a second",
        [
            Row("events", f"{len(events):,}"),
            rate(
                "tracker: events → what happened in the calls",
                len(events),
                best["tracker"],
                "events",
            ),
            rate("the same messages split into dicts", len(frames), best["dicts"], "messages"),
            at_least("tracker ÷ dicts", events_a_second * best["dicts"] / len(frames), 1),
        ],
    )


def track(events: Iterable[PbxEvent], directory: Directory) -> None:
    """All that is told is made, records too, and let go."""
    tracker = Tracker("pbx", directory)
    for event in events:
        tracker.handle(event)
    tracker.finish()


def split(frames: Iterable[str]) -> None:
    """Plainly: header and value of each line."""
    for text in frames:
        dict(line.split(": ", 1) for line in text.split("\r\n") if ": " in line)


def _telling(capture: bytes) -> bytes:
    """Only the messages that the tracker hears of."""
    frames = (item for item in Framer(KINDS, TELLING).feed(capture) if isinstance(item, Frame))
    return END.join(f.text[2:-2].encode() for f in frames if f.kind and translate(f) is not None)


def _event(text: str) -> PbxEvent | None:
    return translate(Frame(text[7:].partition("\r")[0], f"\r\n{text}\r\n", 0))
