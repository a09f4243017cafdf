"""What was made under which key: one write at a time for each, and what this process remembers.

A CRM that has a place for our key keeps it itself; memory answers for the writes that have none.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Final

_MOST: Final = 10_000


class Keys:
    def __init__(self) -> None:
        self._made: OrderedDict[str, str] = OrderedDict()
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    def made(self, key: str) -> str | None:
        return self._made.get(key)

    def remember(self, key: str, result: str) -> None:
        self._made[key] = result
        if len(self._made) > _MOST:
            self._made.popitem(last=False)

    @asynccontextmanager
    async def one_at_a_time(self, key: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            _, users = self._locks[key]
            if users > 1:
                self._locks[key] = lock, users - 1
            else:
                del self._locks[key]


def mark(key: str) -> str:
    """A short mark of a key, for texts that people see: where a CRM keeps it nowhere else."""
    return f"#{sha256(key.encode()).hexdigest()[:10]}"


def call_and_command(key: str) -> tuple[str, str]:
    """Of `destination/call_id/command/subject`; empty for a key of another form."""
    parts = key.split("/")
    return (parts[-3], parts[-2]) if len(parts) >= 4 else ("", "")
