"""Keeping the store: this daemon's name and clock among those that share it, and the depth of the
outbox for whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import structlog

from bridge.domain.counters import Counters
from bridge.observe.tasks import Tasks
from bridge.outbox.clock import SystemClock
from bridge.outbox.ports import StoreUnavailable
from bridge.storage.store import Store

_LOOK_EVERY: Final = 5.0  # seconds
_UNEVEN: Final = timedelta(seconds=5)

log = structlog.get_logger(__name__)


class Keeping:
    """`worker` is the name under which this process leases."""

    def __init__(
        self,
        store: Store,
        counters: Counters,
        clock: SystemClock,
        *,
        worker: str,
        destinations: Iterable[str],
    ) -> None:
        self._store = store
        self._counters = counters
        self._clock = clock
        self._worker = worker
        self._destinations = tuple(destinations)

    async def start(self, tasks: Tasks) -> None:
        """The name first: without it another daemon would take us for dead."""
        await self._stand()
        tasks.keep("store", self._watch)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            await self._stand()
            await self._measure()

    async def _stand(self) -> None:
        """Hold our name, and go by the clock that all who share the store go by."""
        try:
            await self._store.claims.hold(self._worker)
            ahead = await self._store.claims.ahead()
        except StoreUnavailable as error:
            log.debug("store.away", error=str(error))
            return
        if abs(ahead - self._clock.ahead) > _UNEVEN:
            seconds = round(ahead.total_seconds(), 1)
            log.warning("store.clock_differs", seconds=seconds, act="keep this clock by NTP")
        self._clock.ahead = ahead

    async def _measure(self) -> None:
        try:
            depths = [(name, await self._store.depth(name)) for name in self._destinations]
        except StoreUnavailable:
            return
        for name, depth in depths:
            age = (self._clock.now() - depth.oldest).total_seconds() if depth.oldest else 0.0
            self._counters.gauge("deliveries_waiting", depth.waiting, destination=name)
            self._counters.gauge("deliveries_parked", depth.parked, destination=name)
            self._counters.gauge("deliveries_oldest_seconds", max(0.0, age), destination=name)
