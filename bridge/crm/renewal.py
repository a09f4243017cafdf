"""The refresh of a login: one at a time, whoever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Renewal(Generic[T]):
    """What was begun is finished even when nobody waits for it any more: its answer may hold the
    only refresh token that lives."""

    def __init__(self) -> None:
        self._running: asyncio.Future[T] | None = None

    async def join(self, renew: Callable[[], Awaitable[T]]) -> T:
        """What the refresh under way brings, or a new one. Raises what `renew` raises."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(renew())
            self._running.add_done_callback(_heard)
        return await asyncio.shield(self._running)

    async def settled(self) -> None:
        """Returns once no refresh is under way."""
        if self._running is not None:
            await asyncio.wait([self._running])


def _heard(done: asyncio.Future[T]) -> None:
    """Whoever waits is told; when nobody does, the next request meets it again."""
    if not done.cancelled():
        done.exception()
