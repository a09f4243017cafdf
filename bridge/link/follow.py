"""Follow one PBX: what its link reads goes to the journal and to the tracker, and what the tracker
says goes out. The one timer of the tracker is armed here.

The journal is a capture like any other: after a restart the same code reads it, and the calls in
progress are there again. What happened meanwhile is a gap, which the next snapshot closes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeVar

import structlog

from bridge.domain.call_events import CallEvent
from bridge.domain.counters import Counters
from bridge.domain.pbx_events import LinkLost, PbxEvent, PbxStarted, SnapshotTaken
from bridge.link.damage import Damage, Malformed
from bridge.link.dialect import Dialect
from bridge.link.inbox import Item
from bridge.tracker.tracker import Tracker

_AT_ONCE: Final = 500  # messages handled before others may run
_SWEEP: Final = timedelta(minutes=1)
_STUCK: Final = 180.0  # seconds

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Journal(Protocol):
    """Where the events of calls in progress are kept; in the order they were added."""

    def read(self) -> Iterable[bytes]: ...
    def add(self, text: str) -> None:
        """Keep this message; returns at once."""
        ...

    def forget(self) -> None:
        """No call is in progress: nothing that was kept is needed any more."""
        ...

    def compact(self, mentioned: Callable[[], set[str] | None]) -> None:
        """If it has grown too long, keep only messages that name one of these channels; None:
        everything is needed by the time that it is asked for."""
        ...


class Link(Protocol):
    pbx: str

    async def take(self) -> list[Item]: ...


class Follower:
    """One PBX. `tell` gets every CallEvent in order, and `hear` what the PBX itself says; both must
    return at once. `unstored` counts the finished calls that are not safe in the store yet."""

    def __init__(
        self,
        link: Link,
        dialect: Dialect,
        tracker: Tracker,
        journal: Journal,
        *,
        tell: Callable[[CallEvent], None],
        unstored: Callable[[], int],
        counters: Counters,
        hear: Callable[[PbxEvent], None] | None = None,
    ) -> None:
        self.tracker = tracker
        self._link = link
        self._dialect = dialect
        self._journal = journal
        self._tell = tell
        self._hear = hear
        self._unstored = unstored
        self._counters = counters
        self._moved = time.monotonic()

    @property
    def moves(self) -> bool:
        """Whether it has come round lately; it does at least once a minute."""
        return time.monotonic() - self._moved < _STUCK

    def restore(self) -> None:
        """Bring back the calls in progress when the last process ended."""
        for event in self._dialect.again(self._journal.read(), self._damaged):
            self._safely(self._handle, event)
        self._journal.add(self._dialect.gap)
        self._out(self.tracker.handle(LinkLost(None)))
        calls = len(self.tracker.world.calls)
        if calls:
            log.info("follow.restored", pbx=self._link.pbx, calls=calls)

    async def run(self) -> None:
        """Until the link is closed."""
        while True:
            items = await self._next()
            self._moved = time.monotonic()
            if items == []:
                return
            for count, item in enumerate(items or (), 1):
                self._safely(self._one, item)
                if count % _AT_ONCE == 0:
                    await asyncio.sleep(0)
            self._out(self.tracker.advance(datetime.now(UTC)))
            self._gauges()
            self._keep_short()

    def _keep_short(self) -> None:
        """What is in the store and what no call in progress hangs on need not be kept."""
        if self._unstored():
            return
        if self.tracker.is_empty:
            self._journal.forget()
        else:
            self._journal.compact(self._needed)

    def _needed(self) -> set[str] | None:
        """The channels that calls in progress hang on; None while a call that has ended waits for
        the store, and its messages are all that there is of it."""
        return None if self._unstored() else self.tracker.mentioned()

    async def _next(self) -> list[Item] | None:
        """What the link has; None when a deadline of the tracker comes first."""
        now = datetime.now(UTC)
        deadline = min(self.tracker.next_deadline() or now + _SWEEP, now + _SWEEP)
        try:
            async with asyncio.timeout(max(0.01, (deadline - now).total_seconds())):
                return await self._link.take()
        except TimeoutError:
            return None

    def _safely(self, take: Callable[[T], None], item: T) -> None:
        """A fault of ours costs one event, not those that follow it."""
        try:
            take(item)
        except Exception:
            self._counters.count("oddities", pbx=self._link.pbx, kind="fault")
            log.exception("follow.fault", pbx=self._link.pbx)

    def _one(self, item: Item) -> None:
        if isinstance(item, LinkLost | PbxStarted | SnapshotTaken):
            self._journal.add(self._dialect.written(item))
            self._handle(item)
            return
        try:
            events, kept = self._dialect.heard(item)
        except Malformed as error:
            self._damaged(Damage(0, str(error)))
            return
        if kept:
            self._journal.add(kept)
        for event in events:
            if self._hear:
                self._hear(event)
            self._handle(event)

    def _handle(self, event: PbxEvent) -> None:
        self._out(self.tracker.handle(event))

    def _out(self, events: list[CallEvent]) -> None:
        for event in events:
            self._tell(event)

    def _damaged(self, damage: Damage) -> None:
        self._counters.count("oddities", pbx=self._link.pbx, kind="damaged_message")
        log.debug("follow.damaged", pbx=self._link.pbx, what=damage.what)

    def _gauges(self) -> None:
        world = self.tracker.world
        self._counters.gauge("calls_in_progress", len(world.calls), pbx=world.pbx)
        for kind, count in world.oddities.items():
            self._counters.count("oddities", count, pbx=world.pbx, kind=kind)
        world.oddities.clear()
