"""10,000 calls in progress: what they cost in memory, and that it comes back."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Final

from bridge.ami.replay import pbx_events
from bridge.tracker.tracker import Tracker
from tests.bench.captures import END, copy, messages
from tests.bench.stopwatch import resident
from tests.bench.table import Row, at_most
from tests.tracker.recorded import all_recorded

CALLS: Final = 10_000
SCENARIOS: Final = ("group_answered", "queue_answered")


def memory() -> Iterator[tuple[str, list[Row]]]:
    """Each call up to the conversation, all 10,000 at once; then each to its end. The calls go
    round a first time, so that what the program keeps once and for all is not counted."""
    for name in SCENARIOS:
        call = next(found for found in all_recorded() if found.name == name)
        whole = messages(call.capture())
        middle = max(i for i, m in enumerate(whole) if m.startswith(b"Event: BridgeEnter")) + 1
        tracker = Tracker("pbx", call.directory())
        for number in range(2):
            first = number * CALLS
            begin = _resident()
            _feed(tracker, whole[:middle], first)
            calls, grown = len(tracker.world.calls), _resident() - begin
            _feed(tracker, whole[middle:], first)
            left = _resident() - begin
        assert tracker.is_empty, "calls are left"
        yield (
            f"`{name}`, {calls:,} calls in progress",
            [
                at_most("resident growth", grown / 1e6, 100, " MB"),
                Row("a call", f"{grown / calls / 1e3:.1f} kB"),
                at_most("left when they have ended", left / 1e6, 5, " MB"),
            ],
        )


def _feed(tracker: Tracker, part: list[bytes], first: int) -> None:
    text = END.join(part) + END
    copies = (copy(text, number) for number in range(first, first + CALLS))
    for event in pbx_events(copies, damaged=lambda damage: None):
        tracker.handle(event)


def _resident() -> int:
    gc.collect()
    return resident()
