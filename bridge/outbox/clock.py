"""The time outside: the clock that the daemon gives to its lanes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class SystemClock:
    """This machine's, corrected by `ahead` where several must go by one clock."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Aware, UTC, by the clock that is shared."""
        return datetime.now(UTC) + self.ahead

    async def wait(self, event: asyncio.Event, until: datetime) -> None:
        """A wall clock set back only makes this wait longer by as much: the event still ends it."""
        seconds = max(0.0, (until - self.now()).total_seconds())
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
