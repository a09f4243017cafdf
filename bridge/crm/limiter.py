"""One CRM allows so many requests a second: who waits is let through by priority."""

from __future__ import annotations

import asyncio
import heapq
from enum import IntEnum
from itertools import count

from aiolimiter import AsyncLimiter


class Priority(IntEnum):
    """The lower goes first."""

    ROUTE = 0  # a caller hears it ring
    LIVE = 1  # a screen pop
    DELIVERY = 2
    PRELOAD = 3


class Limiter:
    """At most `burst` requests at once, and `rate` a second after that."""

    def __init__(self, rate: float, burst: float) -> None:
        self._bucket = AsyncLimiter(burst, burst / rate)
        self._queue: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._order = count()
        self._taken = False
        self._paused_until = 0.0

    def pause(self, seconds: float) -> None:
        """Nobody goes for so long: the CRM said so."""
        until = asyncio.get_running_loop().time() + seconds
        self._paused_until = max(self._paused_until, until)

    def waits(self) -> float:
        """Seconds until the pause is over."""
        return max(0.0, self._paused_until - asyncio.get_running_loop().time())

    async def turn(self, priority: Priority) -> None:
        """Returns when one request may be sent."""
        if self._taken:
            await self._wait(priority)
        self._taken = True
        try:
            await asyncio.sleep(self.waits())
            await self._bucket.acquire()
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
