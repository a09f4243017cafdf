"""A database by its URL: SQLite in threads of its own, PostgreSQL through asyncpg.

SQLite has no waiting to be asynchronous about but the disk's: a transaction runs whole in one
thread, one hop for a batch. (Through aiosqlite each statement takes several: three times the CPU.)
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import create_async_engine

_DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+asyncpg"}
_BUSY: Final = 10_000  # milliseconds that a writer waits for a command-line tool's write
_READERS: Final = 3
_PATIENCE: Final = {"timeout": 10, "command_timeout": 30}  # seconds with a PostgreSQL server
_FOR_A_STEP: Final = 3600  # seconds of one statement that changes a large table

T = TypeVar("T")


class StoreUnusable(Exception):
    """This store cannot be opened; the message says what to do."""


class StoreAway(StoreUnusable):
    """It may well be opened later, with nothing changed in the configuration."""


class Database(Protocol):
    """Runs functions of a connection, each in a transaction of its own."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """One at a time: the caller waits for the last to end."""
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Several at a time, beside a write."""
        ...

    async def change_schema(self, work: Callable[[Connection], None]) -> None:
        """As `write`, for tables themselves."""
        ...

    async def close(self) -> None:
        """Ends what is under way first; nothing is called after it."""
        ...


def store_url(where: str) -> URL:
    """`sqlite:///…`, `postgresql://…`, or the path of a SQLite file. Raises StoreUnusable."""
    try:
        url = make_url(where if "://" in where else f"sqlite:///{where}")
    except (ArgumentError, ValueError):
        raise StoreUnusable(
            "this is no address: give a path, sqlite:///… or postgresql://…"
        ) from None
    if url.get_backend_name() not in _DRIVERS:
        raise StoreUnusable(
            f"{url.drivername} is no store: give a path, sqlite:///… or postgresql://…"
        )
    return url.set(drivername=_DRIVERS[url.get_backend_name()])


def must_be_drivable(url: URL) -> None:
    """Raises StoreUnusable where this machine has no driver for such a database."""
    if url.get_backend_name() == "postgresql" and find_spec("asyncpg") is None:
        raise StoreUnusable("PostgreSQL needs asyncpg: pip install 'asterisk-crm-bridge[postgres]'")


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite store, None of any other."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def open_database(url: URL) -> Database:
    """Connects at the first use."""
    return SqliteDatabase(url) if url.get_backend_name() == "sqlite" else PostgresDatabase(url)


class SqliteDatabase:
    """One thread writes, a few read; each keeps its connection."""

    def __init__(self, url: URL) -> None:
        self._writer = ThreadPoolExecutor(1, "store-write")
        self._readers = ThreadPoolExecutor(_READERS, "store-read")
        self._write = _sqlite_engine(url, 1, "BEGIN IMMEDIATE")
        self._read = _sqlite_engine(url, _READERS, "BEGIN")

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await _in(self._writer, self._write, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await _in(self._readers, self._read, work)

    async def change_schema(self, work: Callable[[Connection], None]) -> None:
        """SQLite changes a table by making it anew, so what refers to it is checked afterwards
        (sqlite.org, ALTER TABLE, "Making Other Kinds Of Table Schema Changes")."""

        def transaction() -> None:
            with self._write.connect() as conn:
                conn.connection.execute("PRAGMA foreign_keys = OFF")
                try:
                    with conn.begin():
                        work(conn)
                        if conn.exec_driver_sql("PRAGMA foreign_key_check").first():
                            raise StoreUnusable("the store is damaged: restore it from a backup")
                finally:
                    conn.connection.execute("PRAGMA foreign_keys = ON")

        await asyncio.get_running_loop().run_in_executor(self._writer, transaction)

    async def close(self) -> None:
        for threads in (self._writer, self._readers):
            await asyncio.to_thread(threads.shutdown)
        self._write.dispose()
        self._read.dispose()


async def _in(threads: ThreadPoolExecutor, engine: Engine, work: Callable[[Connection], T]) -> T:
    def transaction() -> T:
        with engine.begin() as conn:
            return work(conn)

    return await asyncio.get_running_loop().run_in_executor(threads, transaction)


def _sqlite_engine(url: URL, connections: int, begin: str) -> Engine:
    """A writer takes its lock at the beginning: taken midway it could fail without waiting."""
    engine = create_engine(url, pool_size=connections, max_overflow=0)
    event.listen(engine, "connect", _sqlite_connected)
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin) and None)
    return engine


def _sqlite_connected(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, not the driver
    for pragma in (
        f"busy_timeout = {_BUSY}",
        "journal_mode = WAL",
        "synchronous = FULL",  # a commit that was told survives the loss of power
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


class PostgresDatabase:
    """As many connections as are asked for; the group commit sees to one write at a time."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self.engine = create_async_engine(url, connect_args=_PATIENCE)

    async def write(self, work: Callable[[Connection], T]) -> T:
        async with self.engine.begin() as conn:
            return await conn.run_sync(work)

    read = write

    async def change_schema(self, work: Callable[[Connection], None]) -> None:
        patience = {**_PATIENCE, "command_timeout": _FOR_A_STEP}
        engine = create_async_engine(self._url, connect_args=patience)
        try:
            async with engine.begin() as conn:
                await conn.run_sync(work)
        finally:
            await engine.dispose()

    async def close(self) -> None:
        await self.engine.dispose()


class OnlyDaemon:
    """Holds a SQLite store for one delivering process; a second one is told to go. Its folder must
    be there: made for a mistyped path, it would begin with an empty store. Raises StoreUnusable."""

    def __init__(self, store: Path) -> None:
        try:
            self._file = os.open(f"{store}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnusable(
                f"the store's folder {store.parent} cannot be used: {error.strerror}; make it, the"
                " daemon's own, or change folder (store.url where that is set)"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise StoreUnusable(
                f"another asterisk-bridge delivers from {store}; stop that one first"
            ) from None

    def release(self) -> None:
        """Another daemon may deliver from it now."""
        os.close(self._file)
