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
_COMPANY: Final = 0.05  # seconds: calls that end soon after a commit share the next one

log = structlog.get_logger(__name__)


class Finished(Protocol):
    """The store's part."""

    async def finish(
        self, record: CallRecord, destinations: Iterable[str], *, now: datetime
    ) -> bool: ...


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
        self._something = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def unstored(self) -> int:
        return len(self._waiting)

    def take(self, record: CallRecord) -> None:
        """Returns at once. Internal calls are nobody's business but the PBX's."""
        if record.direction is not Direction.INTERNAL:
            self._waiting.append(record)
            self._something.set()

    def stop(self) -> None:
        """`run` stores what waits and returns."""
        self._stopping.set()
        self._something.set()

    async def run(self) -> None:
        while self._waiting or not self._stopping.is_set():
            if not self._waiting:
                self._something.clear()
                await self._something.wait()
                continue
            await self._store_some(self._waiting[:_AT_ONCE])
            await asyncio.sleep(_COMPANY)

    async def _store_some(self, records: list[CallRecord]) -> None:
        now = self._clock.now()
        results = await asyncio.gather(
            *(self._store.finish(record, self.destinations, now=now) for record in records),
            return_exceptions=True,
        )
        failed = [found for found in results if isinstance(found, BaseException)]
        for record, found in zip(records, results, strict=True):
            if isinstance(found, BaseException):
                continue
            self._waiting.remove(record)
            if found:
                self._stored(record)
        if failed:
            log.error("intake.store_away", waiting=len(self._waiting), error=str(failed[0]))
            await self._clock.wait(self._stopping, now + _STORE_AWAY)
