"""Group commit: one task writes, whatever waits goes into one transaction, readers never wait.

While one transaction commits, the next one's writes gather: the more there is to do, the larger
the groups. If one write of a batch fails, each is tried alone: nobody pays for another. If the
database cannot for now, all are told so at once: each alone would only wait as long again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from bridge.outbox.ports import StoreUnavailable
from bridge.storage.engine import Database
from bridge.storage.trouble import is_for_now, reason, taken_back

_MOST_TOGETHER: Final = 200

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
        alone = taken_back(error) or not is_for_now(error)
        if alone and len(batch) > 1:
            for pending in batch:
                await self._commit([pending])
            return
        for pending in batch:
            if not pending.done.cancelled():
                pending.done.set_exception(_told(error))

    async def _transaction(self, batch: list[_Pending]) -> list[Any]:
        if not batch:
            return []
        return await self._database.write(lambda conn: [each.write(conn) for each in batch])


def _told(error: Exception) -> Exception:
    if is_for_now(error):
        return StoreUnavailable(f"the store cannot write: {reason(error)}")
    return error
