"""Opening a store by its URL: the driver, the pragmas, one daemon at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_BUSY: Final = 10_000  # milliseconds that a writer waits for a command-line tool's write


class StoreUnusable(Exception):
    """This store cannot be opened; the message says what to do."""


def store_url(where: str) -> URL:
    """`sqlite:///…`, `postgresql://…`, or the path of a SQLite file."""
    url = make_url(where if "://" in where else f"sqlite:///{where}")
    if url.drivername not in {*_DRIVERS, *_DRIVERS.values()}:
        raise StoreUnusable(
            f"{url.drivername} is no store: give a path, sqlite:///… or postgresql://…"
        )
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def open_engine(url: URL, *, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=url.get_backend_name() != "sqlite",
    )
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _sqlite_connected)
        event.listen(engine.sync_engine, "begin", _sqlite_begin)
    return engine


def sqlite_file(url: URL) -> Path | None:
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


class OnlyDaemon:
    """Holds a SQLite store for one delivering process; a second one is told to go."""

    def __init__(self, store: Path) -> None:
        self._file = os.open(f"{store}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise StoreUnusable(
                f"another asterisk-bridge delivers from {store}; stop that one first"
            ) from None

    def release(self) -> None:
        os.close(self._file)


def _sqlite_connected(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, not the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a commit that was told survives the loss of power
        f"busy_timeout = {_BUSY}",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(conn: Connection) -> None:
    """A writer takes its lock at once: one taken midway could fail without waiting."""
    writes = conn.get_execution_options().get("writes")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
