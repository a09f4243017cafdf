"""One CRM allows so many requests a second: who waits is let through by priority. The rate may be
shared with the other processes of this machine."""

from __future__ import annotations

import asyncio
import heapq
from enum import IntEnum
from itertools import count
from pathlib import Path

from aiolimiter import AsyncLimiter

from bridge.crm.shared_rate import SharedRate


class Priority(IntEnum):
    """The lower goes first."""

    ROUTE = 0  # a caller hears it ring
    LIVE = 1  # a screen pop
    DELIVERY = 2
    PRELOAD = 3


class Limiter:
    """At most `burst` requests at once, and `rate` a second after that; with a `shared` file all
    who have the same one together."""

    def __init__(self, rate: float, burst: float, shared: Path | None = None) -> None:
        self._bucket = AsyncLimiter(burst, burst / rate)
        self._shared = SharedRate(shared, rate, burst) if shared else None
        self._queue: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._order = count()
        self._taken = False
        self._paused_until = 0.0

    def pause(self, seconds: float) -> None:
        """Nobody goes for so long: the CRM said so."""
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until = max(self._paused_until, until)
        if self._shared:
            self._shared.pause(seconds)

    def waits(self) -> float:
        """Seconds until the pause is over."""
        own = max(0.0, self._paused_until - asyncio.get_running_loop().time())
        return max(own, self._shared.waits()) if self._shared else own

    def close(self) -> None:
        if self._shared:
            self._shared.close()

    async def turn(self, priority: Priority) -> None:
        """Returns when one request may be sent."""
        if self._taken:
            await self._wait(priority)
        self._taken = True
        try:
            await asyncio.sleep(self.waits())
            await self._bucket.acquire()
            if self._shared:
                await self._shared.turn()
        finally:
            self._next()

    async def _wait(self, priority: Priority) -> None:
        mine = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (priority, next(self._order), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._next()
            raise

    def _next(self) -> None:
        """Let the first of those who still wait try."""
        self._taken = False
        while self._queue:
            _, _, waiting = heapq.heappop(self._queue)
            if not waiting.done():
                self._taken = True
                waiting.set_result(None)
                return
