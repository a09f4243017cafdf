"""Access: one writer that groups transactions, and reads that never wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection

from bridge.outbox.ports import StoreUnavailable
from bridge.storage.engine import Database
from bridge.storage.trouble import is_for_now, reason
from bridge.storage.writer import Writer

PATIENCE: Final = 20.0  # seconds for one read

T = TypeVar("T")


class Access:
    """Reads have connections of their own and wait no longer than `patience` seconds for a disk.
    Both raise StoreUnavailable when the database fails for now."""

    def __init__(self, database: Database, patience: float = PATIENCE) -> None:
        self._database = database
        self._patience = patience
        self._writer = Writer(database)

    async def _write(self, write: Callable[[Connection], T]) -> T:
        return await self._writer.write(write)

    async def _read(self, read: Callable[[Connection], T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await self._database.read(read)
        except TimeoutError as error:
            raise StoreUnavailable(
                f"the store did not answer within {self._patience:g} s: see that its disk moves"
            ) from error
        except Exception as error:
            if is_for_now(error):
                raise StoreUnavailable(f"the store cannot read: {reason(error)}") from error
            raise
