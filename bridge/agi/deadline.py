"""A deadline that is the same for all it bounds: one timer serves them, however many there are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")


@dataclass(eq=False, slots=True)
class _Bound:
    """`task` is None once what is bounded has ended."""

    task: asyncio.Task[Any] | None
    due: float
    late: bool = False


class Deadline:
    """So many seconds for each. What began first is due first: so a timer for that one is enough.

    asyncio.timeout arms one each time and takes it away again, which costs more than a decision.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._bounds: deque[_Bound] = deque()

    async def within(self, work: Awaitable[_Answer]) -> _Answer:
        """What `work` comes to. Raises TimeoutError when its time is over, and what it raises."""
        task = asyncio.current_task()
        assert task is not None  # we are awaited
        before = task.cancelling()
        bound = self._begin(task)
        try:
            return await work
        except asyncio.CancelledError:
            if bound.late and task.uncancel() <= before:
                raise TimeoutError from None
            raise
        finally:
            bound.task = None

    def _begin(self, task: asyncio.Task[Any]) -> _Bound:
        loop = asyncio.get_running_loop()
        bound = _Bound(task, loop.time() + self._seconds)
        if not self._bounds:
            loop.call_at(bound.due, self._look, loop)
        self._bounds.append(bound)
        return bound

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cut off what is late, and look again when the next one is due."""
        now = loop.time()
        while self._bounds and (self._bounds[0].task is None or self._bounds[0].due <= now):
            bound = self._bounds.popleft()
            if bound.task is not None:
                bound.late = True
                bound.task.cancel()
        if self._bounds:
            loop.call_at(self._bounds[0].due, self._look, loop)
