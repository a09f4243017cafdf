"""Tasks that nobody loses: always referenced, a failure always logged, ended in order.

A kept task runs until the daemon stops: when it fails it starts again, later each time. A task for
once does one thing. Both end when the daemon stops: the last started first, each asked politely
where it can be asked, and cancelled when its time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bridge.domain.counters import Counters, NoCounters

log = structlog.get_logger(__name__)

STOP_SECONDS: Final = 10.0
_CANCEL_SECONDS: Final = 0.2  # for a cancelled task to leave its `finally` blocks
_STEADY_SECONDS: Final = 60.0  # after so long a run a failure counts as the first again

Work = Callable[[], Awaitable[None]]


def backoff(failures: int) -> float:
    """Seconds to wait after this many failures in a row: 1, 2, 4 … at most 30."""
    return min(30.0, 2.0 ** min(failures - 1, 10))


class EndedEarly(RuntimeError):
    """Ours: a task that must run as long as the daemon returned."""


@dataclass(slots=True)
class _Task:
    name: str
    task: asyncio.Task[None]
    stop: Callable[[], object] | None


class Tasks:
    """The daemon's tasks in the order they were started."""

    def __init__(
        self,
        counters: Counters | None = None,
        *,
        wait: Callable[[int], float] = backoff,
        report: Callable[[str, bool], None] = lambda name, running: None,
    ) -> None:
        self._counters = counters or NoCounters()
        self._wait = wait
        self._report = report
        self._tasks: list[_Task] = []
        self.stopping = asyncio.Event()

    def keep(self, name: str, work: Work, *, stop: Callable[[], object] | None = None) -> None:
        """Run `work` until the daemon stops, again after each failure.

        `stop` asks it to finish what is in flight and return; without it `work` is cancelled.
        """
        self._start(name, self._kept(name, work), stop)

    def once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` in the background, once; a stop lets it finish in its share of the time."""
        self._start(name, self._one(name, work), lambda: None)

    async def stop(self, within: float = STOP_SECONDS) -> list[str]:
        """End every task, the last started first; the names of those that were late.

        The seconds are shared among those that are asked to finish: what one leaves of its share
        the next may use. Who is late is cancelled.
        """
        self.stopping.set()
        now = asyncio.get_running_loop().time
        ending = list(reversed(self._tasks))
        deadline = now() + within - _CANCEL_SECONDS
        late = []
        for place, kept in enumerate(ending):
            sharing = sum(other.stop is not None for other in ending[place:])
            if await _end(kept, max(0.0, deadline - now()) / max(1, sharing)):
                late.append(kept.name)
        return late

    def _start(
        self,
        name: str,
        work: Coroutine[Any, Any, None],
        stop: Callable[[], object] | None,
    ) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        kept = _Task(name, task, stop)
        self._tasks.append(kept)
        task.add_done_callback(lambda _: self._tasks.remove(kept) if kept in self._tasks else None)

    async def _one(self, name: str, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:
            self._failed(name, 1, restarts_in=None)

    async def _kept(self, name: str, work: Work) -> None:
        now = asyncio.get_running_loop().time
        failures = 0
        while not self.stopping.is_set():
            started = now()
            self._report(name, True)
            try:
                await work()
                if self.stopping.is_set():
                    return
                raise EndedEarly(f"{name} returned though nobody asked it to")
            except Exception:
                failures = 1 if now() - started > _STEADY_SECONDS else failures + 1
                self._failed(name, failures, restarts_in=self._wait(failures))
            await self._pause(self._wait(failures))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return

    def _failed(self, name: str, failures: int, restarts_in: float | None) -> None:
        log.exception("task.failed", task=name, failures=failures, restarts_in=restarts_in)
        self._counters.count("task_failures", task=name)
        self._report(name, False)


async def _end(kept: _Task, seconds: float) -> bool:
    """Whether the task did not end when asked politely, or not even when cancelled."""
    if kept.stop is not None:
        _ask(kept)
        await asyncio.wait({kept.task}, timeout=seconds)
    if kept.task.done():
        return False
    kept.task.cancel()
    _, running = await asyncio.wait({kept.task}, timeout=_CANCEL_SECONDS)
    if late := bool(running) or kept.stop is not None:
        log.warning("task.late", task=kept.name, still_running=bool(running))
    return late


def _ask(kept: _Task) -> None:
    try:
        if kept.stop is not None:
            kept.stop()
    except Exception:
        log.exception("task.stop_failed", task=kept.name)
