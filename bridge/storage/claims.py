"""Claims: which daemon of those that share a store owns a PBX, and which of them live.

A claim is an advisory lock of a PostgreSQL session: it falls with the process that holds it, and
with its connection. SQLite has one daemon, to which everything belongs.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Executable, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bridge.outbox.ports import StoreUnavailable
from bridge.storage.trouble import is_for_now, reason

# A machine that lost its power says no farewell: the server asks its connections.
_KEEPALIVE: Final = tuple(
    text(f"SET tcp_keepalives_{what} = {value}")
    for what, value in (("idle", 10), ("interval", 5), ("count", 3))
)


class Claims(Protocol):
    """What this daemon holds among those that share the store."""

    async def hold(self, name: str) -> bool:
        """Whether the name is ours now, claimed if it was free. Raises StoreUnavailable when the
        store cannot say: then nothing is certain."""
        ...

    async def ahead(self) -> timedelta:
        """By how much the clock that the daemons of this store share is ahead of this machine's.
        Raises StoreUnavailable."""
        ...

    async def close(self) -> None: ...


class Alone:
    """One daemon has the store to itself."""

    async def hold(self, name: str) -> bool:
        return True

    async def ahead(self) -> timedelta:
        return timedelta()

    async def close(self) -> None:
        return


class AmongMany:
    """One connection holds every claim of this daemon."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._conn: AsyncConnection | None = None
        self._names: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    async def hold(self, name: str) -> bool:
        async with self._one_at_a_time:
            if name in self._names:
                await self._ask(select(1))  # raises when the connection was lost, and all with it
                return True
            if await self._ask(select(func.pg_try_advisory_lock(_number(name)))):
                self._names.add(name)
            return name in self._names

    async def ahead(self) -> timedelta:
        async with self._one_at_a_time:
            at: datetime = await self._ask(select(func.clock_timestamp()))
            return at - datetime.now(UTC)

    async def close(self) -> None:
        self._names.clear()
        conn, self._conn = self._conn, None
        if conn is not None:
            with suppress(Exception):  # it may be broken, and is not needed any more
                await conn.invalidate()  # never back into the pool: its locks end with it
                await conn.close()

    async def _ask(self, statement: Executable) -> Any:
        try:
            if self._conn is None:
                self._conn = await self._connected()
            return await self._conn.scalar(statement)
        except Exception as error:
            await self.close()
            if is_for_now(error):
                raise StoreUnavailable(f"the store cannot say: {reason(error)}") from error
            raise

    async def _connected(self) -> AsyncConnection:
        conn = await self._engine.connect()
        await conn.execution_options(isolation_level="AUTOCOMMIT")
        for statement in _KEEPALIVE:
            await conn.execute(statement)
        return conn


def is_claimed(conn: Connection, name: str) -> bool:
    """Whether somebody holds this name, as a worker that lives does; on SQLite nobody does."""
    if conn.dialect.name != "postgresql":
        return False
    return not conn.scalar(select(func.pg_try_advisory_xact_lock(_number(name))))


def _number(name: str) -> Any:
    """Locks are named by numbers: 64 bits of the name."""
    return func.hashtextextended(name, 1)
