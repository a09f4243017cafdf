"""Purging: what is old enough goes from the store, a little at a time; what went is said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.config.model import Store as StoreSettings
from bridge.domain.counters import Counters
from bridge.outbox.clock import SystemClock
from bridge.outbox.ports import StoreUnavailable
from bridge.storage.retention import OldCall
from bridge.storage.store import Store

_PURGE_EVERY: Final = 3600.0
_BITE: Final = 200  # of what goes in one transaction
_BETWEEN_BITES: Final = 0.5  # seconds: whoever delivers goes first

Bite = Callable[[datetime], Awaitable[int]]  # removes up to so many from before then; how many
Forget = Callable[[Sequence[OldCall]], Awaitable[list[str]]]

log = structlog.get_logger(__name__)


class Purging:
    """By how long the settings say that each thing is kept. `forget` erases our copies of the
    recordings of calls that go, and says of which calls it could."""

    def __init__(
        self,
        store: Store,
        clock: SystemClock,
        counters: Counters,
        keep: StoreSettings,
        forget: Forget,
    ) -> None:
        self._store = store
        self._clock = clock
        self._counters = counters
        self._forget = forget
        self._chores = tuple(self._chores_of(keep))

    async def run(self) -> None:
        while True:
            await self.once()
            await asyncio.sleep(_PURGE_EVERY)

    async def once(self) -> None:
        """All that is older than it is kept, as far as the store lets it go."""
        for what, keep, bite in self._chores:
            if gone := await self._purge(bite, self._clock.now() - keep):
                self._counters.count("purged", gone, kind=what)
                log.info("store.purged", what=what, number=gone, older_than_days=keep.days)

    def _chores_of(self, keep: StoreSettings) -> Iterator[tuple[str, timedelta, Bite]]:
        store = self._store
        yield "deliveries", keep.keep_deliveries, lambda at: store.purge(at, most=_BITE)
        yield "incidents", keep.keep_incidents, lambda at: store.purge_incidents(at, most=_BITE)
        if keep.keep_calls is not None:
            yield "calls", keep.keep_calls, self._erase_calls
            yield (
                "applications",
                keep.keep_calls,
                lambda at: store.erase_applications(at, limit=_BITE),
            )

    async def _erase_calls(self, before: datetime) -> int:
        """The files first: a record without its file is erased the next time, a file without its
        record never."""
        old = await self._store.old_calls(before, limit=_BITE)
        ids = await self._forget(old)
        return await self._store.erase_calls(ids) if ids else 0

    async def _purge(self, bite: Bite, before: datetime) -> int:
        gone = 0
        while True:
            try:
                last = await bite(before)
            except StoreUnavailable as error:
                log.debug("store.away", error=str(error))
                return gone
            gone += last
            if last < _BITE:
                return gone
            await asyncio.sleep(_BETWEEN_BITES)
