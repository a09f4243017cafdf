"""The tracker alone, beside splitting the frames that its events came from into dicts."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bridge.ami.codec import Frame, Framer
from bridge.ami.translate import KINDS, TELLING, translate
from bridge.app import settle_memory
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import PbxEvent
from bridge.tracker.tracker import Tracker
from tests.bench.captures import END, busy, of_office
from tests.bench.table import Row, at_least, at_most, rate

CALLS: Final = 5000
A_SECOND: Final = 100
ROUNDS: Final = 3
_PART: Final = 1000


def tracker() -> Iterator[tuple[str, list[Row]]]:
    """5,000 calls through each other, one of every scenario of the office in turn."""
    office = of_office()
    told = [_telling(call.capture()) for call in office]
    messages = busy(told, CALLS, A_SECOND)
    settle_memory()
    with _collecting() as turns:
        rounds = [_round(messages, office[0].directory()) for _ in range(ROUNDS)]
    tracked, split = (min(each) for each in zip(*rounds, strict=True))
    count = len(messages)
    yield (
        f"{CALLS:,} calls through each other, {A_SECOND} begun a second",
        [
            Row("events", f"{count:,}"),
            rate("tracker: events → what happened in the calls", count, tracked, "events"),
            rate("the same messages split into dicts", count, split, "messages"),
            at_least("tracker ÷ dicts", split / tracked, 1),
            at_most("the longest turn of the collector", max(turns, default=0) * 1000, 50, " ms"),
        ],
    )


@contextmanager
def _collecting() -> Iterator[list[float]]:
    """Seconds of each walk of the collector of garbage: nobody is answered meanwhile."""
    turns: list[float] = []
    began = 0.0

    def note(phase: str, info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.perf_counter()
        else:
            turns.append(time.perf_counter() - began)

    gc.callbacks.append(note)
    try:
        yield turns
    finally:
        gc.callbacks.remove(note)


def _round(messages: list[bytes], directory: Directory) -> tuple[float, float]:
    """Seconds of processor: of the tracker, of splitting. Both get what they work on a little at a
    time and just made, as in the daemon; making it is not counted. All that the tracker tells is
    made, records too, and let go."""
    tracker = Tracker("pbx", directory)
    tracked = split = 0.0
    clock = time.process_time
    for start in range(0, len(messages), _PART):
        texts = [message.decode() for message in messages[start : start + _PART]]
        begin = clock()
        for text in texts:
            dict(line.split(": ", 1) for line in text.split("\r\n") if ": " in line)
        split += clock() - begin
        events = [event for text in texts if (event := _event(text)) is not None]
        begin = clock()
        for event in events:
            tracker.handle(event)
        tracked += clock() - begin
    return tracked, split


def _telling(capture: bytes) -> bytes:
    """Only the messages that the tracker hears of."""
    frames = (item for item in Framer(KINDS, TELLING).feed(capture) if isinstance(item, Frame))
    return END.join(f.text[2:-2].encode() for f in frames if f.kind and translate(f) is not None)


def _event(text: str) -> PbxEvent | None:
    return translate(Frame(text[7:].partition("\r")[0], f"\r\n{text}\r\n", 0))
