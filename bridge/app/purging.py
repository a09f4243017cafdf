"""Purging: what is old enough goes from the store, a little at a time; what went is said."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.config.model import Store as StoreSettings
from bridge.outbox.clock import SystemClock
from bridge.outbox.ports import StoreUnavailable
from bridge.storage.store import Store

_PURGE_EVERY: Final = 3600.0
_BITE: Final = 200  # rows that go in one transaction
_BETWEEN_BITES: Final = 0.5  # seconds: whoever delivers goes first

Bite = Callable[[datetime], Awaitable[int]]  # removes up to so many from before then; how many

log = structlog.get_logger(__name__)


class Purging:
    """By how long the settings say that each thing is kept."""

    def __init__(self, store: Store, clock: SystemClock, keep: StoreSettings) -> None:
        self._clock = clock
        self._chores: tuple[tuple[str, timedelta, Bite], ...] = (
            (
                "deliveries",
                keep.keep_deliveries,
                lambda before: store.purge(before, most=_BITE),
            ),
            (
                "incidents",
                keep.keep_incidents,
                lambda before: store.purge_incidents(before, most=_BITE),
            ),
        )

    async def run(self) -> None:
        while True:
            for what, keep, bite in self._chores:
                if gone := await self._purge(bite, self._clock.now() - keep):
                    log.info("store.purged", what=what, number=gone, older_than_days=keep.days)
            await asyncio.sleep(_PURGE_EVERY)

    async def _purge(self, bite: Bite, before: datetime) -> int:
        """All that is older, or as much as the store lets go."""
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
