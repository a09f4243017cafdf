"""The way in: finished calls wait here until the store has them, then the lanes are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.domain.record import CallRecord, Direction
from bridge.outbox.ports import Clock

_STORE_AWAY: Final = timedelta(seconds=2)
_AT_ONCE: Final = 200
# Calls that end soon after a commit share the next one: it is as long away as so many seconds for
# each that shared the last, and no longer than a person notices.
_COMPANY: Final = 0.05
_LONGEST: Final = 0.15

log = structlog.get_logger(__name__)


class Finished(Protocol):
    """The store's part."""

    async def finish(
        self, record: CallRecord, destinations: Iterable[str], *, now: datetime
    ) -> bool:
        """Whether the record is new to the store. Raises StoreUnavailable."""
        ...


class Intake:
    """Nothing taken is lost while the process lives: a store that is away is tried again.

    `stored` is told of each record that is new to the store, once it is safe.
    """

    def __init__(
        self,
        store: Finished,
        destinations: Iterable[str],
        clock: Clock,
        stored: Callable[[CallRecord], None],
    ) -> None:
        self.destinations = tuple(destinations)
        self._store = store
        self._clock = clock
        self._stored = stored
        self._waiting: list[CallRecord] = []
        self._doubtful: set[str] = set()  # may be stored though the store was not heard to say so
        self._something = asyncio.Event()
        self._stopping = False
        self._away = False

    @property
    def unstored(self) -> int:
        """Records that the store has not taken yet."""
        return len(self._waiting)

    @property
    def refused(self) -> bool:
        """Whether the store did not take what it was last given."""
        return self._away

    def take(self, record: CallRecord) -> None:
        """Returns at once. Internal calls are nobody's business but the PBX's."""
        if record.direction is not Direction.INTERNAL:
            self._waiting.append(record)
            self._something.set()

    def stop(self) -> None:
        """`run` stores what waits and returns."""
        self._stopping = True
        self._something.set()

    async def run(self) -> None:
        """Until `stop`, and then until everything is stored."""
        while self._waiting or not self._stopping:
            if not self._waiting:
                await self._something.wait()
            self._something.clear()
            some = self._waiting[:_AT_ONCE]
            await self._store_some(some)
            if self._away or len(some) < _AT_ONCE:
                await asyncio.sleep(min(len(some) * _COMPANY, _LONGEST))

    async def _store_some(self, records: list[CallRecord]) -> None:
        now = self._clock.now()
        results = await asyncio.gather(
            *(self._store.finish(record, self.destinations, now=now) for record in records),
            return_exceptions=True,
        )
        failed = []
        for record, found in zip(records, results, strict=True):
            if isinstance(found, BaseException):
                failed.append((record, found))
                continue
            self._waiting.remove(record)
            if found or record.call_id in self._doubtful:
                self._stored(record)
            self._doubtful.discard(record.call_id)
        if failed:
            await self._refused(failed)
        self._away = bool(failed)

    async def _refused(self, failed: list[tuple[CallRecord, BaseException]]) -> None:
        """These go behind the others, so that none holds them up; a row of refusals is said once.
        The next call that comes, and a stop, try again at once."""
        record, error = failed[0]
        tell = log.debug if self._away else log.error
        tell(
            "intake.store_away",
            call_id=record.call_id,
            waiting=len(self._waiting),
            error=f"{type(error).__name__}: {error}",
            act="free space on the store's disk, or see why its database does not answer",
        )
        for record, _ in failed:
            self._doubtful.add(record.call_id)
            self._waiting.remove(record)
            self._waiting.append(record)
        await self._clock.wait(self._something, self._clock.now() + _STORE_AWAY)
