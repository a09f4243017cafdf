"""10,000 calls in progress: what they cost in memory, and that it comes back."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from bridge.ami.replay import pbx_events
from bridge.tracker.tracker import Tracker
from tests.bench.captures import END, copy, messages
from tests.bench.stopwatch import resident
from tests.bench.table import Row, at_most
from tests.tracker.recorded import all_recorded

CALLS: Final = 10_000
SOME: Final = 1000
SCENARIOS: Final = ("group_answered", "queue_answered")


def memory() -> Iterator[tuple[str, list[Row]]]:
    """Each scenario in a process of its own, whose memory nothing else has grown."""
    fresh = ProcessPoolExecutor(mp_context=get_context("spawn"), max_tasks_per_child=1)
    with fresh as processes:
        for name, rows in zip(SCENARIOS, processes.map(_measured, SCENARIOS), strict=True):
            yield f"`{name}`, {CALLS:,} calls in progress", rows


def _measured(name: str) -> list[Row]:
    """Each call up to the conversation, all of them at once; then each to its end; all that twice.
    A few calls go first, so that what the program keeps once and for all is not counted."""
    call = next(found for found in all_recorded() if found.name == name)
    whole = messages(call.capture())
    middle = max(i for i, m in enumerate(whole) if m.startswith(b"Event: BridgeEnter")) + 1
    tracker = Tracker("pbx", call.directory())
    for part in (whole[:middle], whole[middle:]):
        _feed(tracker, part, range(SOME))
    begin, held = _resident(), sys.getallocatedblocks()
    _feed(tracker, whole[:middle], range(SOME, SOME + CALLS))
    grown, blocks = _resident() - begin, sys.getallocatedblocks() - held
    _feed(tracker, whole[middle:], range(SOME, SOME + CALLS))
    back, left = _resident() - begin, sys.getallocatedblocks() - held
    _feed(tracker, whole[:middle], range(SOME + CALLS, SOME + 2 * CALLS))
    again = _resident() - begin
    _feed(tracker, whole[middle:], range(SOME + CALLS, SOME + 2 * CALLS))
    assert tracker.is_empty, "calls are left"
    return [
        at_most("resident growth", grown / 1e6, 100, " MB"),
        Row("a call", f"{grown / CALLS / 1e3:.1f} kB"),
        at_most("objects left when they have ended ÷ in progress", left / blocks, 0.001),
        Row("resident growth that stays with the allocator", f"{back / 1e6:.0f} MB"),
        at_most("more growth when as many come again", (again - grown) / 1e6, 5, " MB"),
    ]


def _feed(tracker: Tracker, part: list[bytes], numbers: Iterable[int]) -> None:
    text = END.join(part) + END
    copies = (copy(text, number) for number in numbers)
    for event in pbx_events(copies, damaged=lambda damage: None):
        tracker.handle(event)


def _resident() -> int:
    gc.collect()
    return resident()
