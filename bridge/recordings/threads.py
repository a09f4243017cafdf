"""Blocking work on a disk that may hang (NFS, a dying array), in threads that can be abandoned.

asyncio's own threads are waited for when the program ends; a thread that hangs in the kernel would
hold up the stop for as long as the disk does. These are daemons, and bounded in number and time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE: Final = 30.0  # seconds for one piece of work


class DiskHangs(OSError):
    """The disk does not answer: see whether the share is mounted and its server runs."""


class DiskThreads:
    """At most `at_once` pieces of work at a time; one that hangs keeps its place until it ends."""

    def __init__(self, at_once: int = 8, within: float = PATIENCE) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._within = within

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` returns or raises. Raises DiskHangs when it takes too long."""
        try:
            async with asyncio.timeout(self._within):
                await self._room.acquire()
                return await self._begun(partial(work, *args, **kwargs))
        except TimeoutError as error:
            raise DiskHangs(f"no answer from the disk for {self._within:g} seconds") from error

    def _begun(self, work: Callable[[], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        told = partial(self._told, loop, done, work)
        threading.Thread(target=told, name="disk", daemon=True).start()
        return done

    def _told(
        self, loop: asyncio.AbstractEventLoop, done: asyncio.Future[T], work: Callable[[], T]
    ) -> None:
        """In the thread. Whoever waited may be gone, and the loop with it."""
        result: Any = None
        failure: BaseException | None = None
        try:
            result = work()
        except BaseException as error:
            failure = error
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._settle, done, result, failure)
        del done, failure  # the traceback names this frame: they and it would be a ring

    def _settle(self, done: asyncio.Future[T], result: T, failure: BaseException | None) -> None:
        self._room.release()
        if done.done():
            return
        if failure is None:
            done.set_result(result)
        else:
            done.set_exception(failure)
