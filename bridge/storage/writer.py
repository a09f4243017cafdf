"""Group commit: one task writes, whatever waits goes into one transaction, readers never wait.

While one transaction commits, the next one's writes gather: the more there is to do, the larger
the groups. If a batch fails, each of its writes is tried alone: nobody pays for another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from bridge.outbox.ports import StoreUnavailable
from bridge.storage.engine import Database

_MOST_TOGETHER: Final = 200
# What the database itself cannot do for now; anything else is our own mistake.
FOR_NOW: Final = (OperationalError, InterfaceError, NoConnection)

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Pending:
    write: Callable[[Connection], Any]
    done: asyncio.Future[Any]


class Writer:
    """Writes are functions of a connection; they may run twice, the first time rolled back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Pending] = deque()
        self._any = asyncio.Event()
        self._closing = False
        self._task = asyncio.get_running_loop().create_task(self._run(), name="storage writer")

    async def write(self, write: Callable[[Connection], T]) -> T:
        """Returns once committed. Raises StoreUnavailable, or what `write` raises."""
        if self._closing:
            raise StoreUnavailable("the store is closed")
        pending = _Pending(write, asyncio.get_running_loop().create_future())
        self._waiting.append(pending)
        self._any.set()
        result: T = await pending.done
        return result

    async def close(self) -> None:
        """Commit what waits, then end."""
        self._closing = True
        self._any.set()
        await self._task

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            await self._any.wait()
            batch = [
                self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_TOGETHER))
            ]
            if not self._waiting and not self._closing:
                self._any.clear()
            await self._commit(batch)

    async def _commit(self, batch: list[_Pending]) -> None:
        batch = [pending for pending in batch if not pending.done.cancelled()]
        try:
            results = await self._transaction(batch)
        except Exception as error:
            await self._after_failure(batch, error)
        else:
            for pending, result in zip(batch, results, strict=True):
                if not pending.done.cancelled():
                    pending.done.set_result(result)

    async def _after_failure(self, batch: list[_Pending], error: Exception) -> None:
        if len(batch) == 1:
            if not batch[0].done.cancelled():
                batch[0].done.set_exception(_told(error))
            return
        for pending in batch:
            await self._commit([pending])

    async def _transaction(self, batch: list[_Pending]) -> list[Any]:
        if not batch:
            return []
        return await self._database.write(lambda conn: [each.write(conn) for each in batch])


def _told(error: Exception) -> Exception:
    if isinstance(error, FOR_NOW):
        return StoreUnavailable(f"the store cannot write: {reason(error)}")
    return error


def reason(error: Exception) -> str:
    """The database's own words, without the statement and what was in it."""
    return str(getattr(error, "orig", None) or type(error).__name__)
