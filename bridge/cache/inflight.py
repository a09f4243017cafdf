"""Questions in flight: one for each key, however many wait for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")


class InFlight(Generic[Answer]):
    """A question goes on when whoever asked it has gone; it must not raise."""

    def __init__(self, ask: Callable[[str], Coroutine[Any, Any, Answer]]) -> None:
        self._ask = ask
        self._tasks: dict[str, asyncio.Task[Answer]] = {}

    def begin(self, key: str) -> asyncio.Task[Answer]:
        """The question for this key, asked now if it is not asked already."""
        if (task := self._tasks.get(key)) is None:
            task = asyncio.ensure_future(self._ask(key))
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    async def answer(self, key: str, until: float) -> Answer:
        """Raises TimeoutError at `until`, the loop's time."""
        async with asyncio.timeout_at(until):
            return await asyncio.shield(self.begin(key))

    async def settled(self) -> None:
        """When nothing is in flight any more."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        """Nobody waits for an answer any more."""
        for task in self._tasks.values():
            task.cancel()
        await self.settled()
