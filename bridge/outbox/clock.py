"""The time outside: the clock that the daemon gives to its lanes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait(self, event: asyncio.Event, until: datetime) -> None:
        """A wall clock set back only makes this wait longer by as much: the event still ends it."""
        seconds = max(0.0, (until - self.now()).total_seconds())
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
