"""The CRM's SQLite file: opened once, brought up to date, one writer at a time.

Everything above is plain functions of a `Connection`; this is the only place that waits.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import OperationalError

from bridge.domain.rings import untied

T = TypeVar("T")

# FULL: what the CRM has accepted survives a power cut, for nobody will send it again.
_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_READERS: Final = 3
_LOCK_SHARE: Final = 0.8  # of the deadline may pass waiting for another program's lock


class NewerFile(Exception):
    """The file was written by a newer version of the program than this one."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """`came` is what came of it, the result or the error, until somebody takes it."""

    work: Callable[[Connection], Any]
    came: list[tuple[Any, Exception | None]] = field(default_factory=list)
    dropped: bool = False


class Database:
    """`timeout` in seconds is how long one piece of work may take, waiting for others too.

    SQLite blocks, so work runs in threads of its own: one writes, some read. A deadline leaves a
    thread that hangs in the disk alone; what it was writing may still be written.
    """

    def __init__(self, file: Path, timeout: float, on_open: Callable[[Connection], None]) -> None:
        self.engine = create_engine(
            f"sqlite:///{file}",
            pool_size=_READERS + 1,
            connect_args={"timeout": timeout * _LOCK_SHARE, "isolation_level": None},
        )
        event.listen(self.engine, "connect", _prepare)
        self._file = file
        self._timeout = timeout
        self._on_open = on_open
        self._opening = Lock()
        self._open = False
        self._waiting: deque[_Waiting] = deque()
        self._writer = ThreadPoolExecutor(1, "crm-writer")
        self._readers = ThreadPoolExecutor(_READERS, "crm-reader")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`, which sees one moment of the data. Raises TimeoutError."""
        return await self._run(self._readers, partial(self._read, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """The result of `work`, all of it committed or none; it may run twice, the first time
        rolled back. Raises TimeoutError."""
        waiting = _Waiting(work)
        self._waiting.append(waiting)
        try:
            return await self._run(self._writer, partial(self._written, waiting))
        finally:
            waiting.dropped = True  # if it was not begun: nobody waits for it any more

    def close(self) -> None:
        """Let go of the file; work that waits is dropped, work in a thread ends on its own."""
        for threads in (self._writer, self._readers):
            threads.shutdown(wait=False, cancel_futures=True)
        self.engine.dispose()

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        with untied():
            async with asyncio.timeout(self._timeout):
                return await asyncio.get_running_loop().run_in_executor(threads, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        self._ensure_open()
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            return work(connection)

    def _written(self, waiting: _Waiting) -> Any:
        """Whoever comes first writes all that waits: a commit costs more than what is in it."""
        if not waiting.came:
            batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
            self._settle([each for each in batch if not each.dropped])
        result, error = waiting.came.pop()
        if error is not None:
            raise error
        return result

    def _settle(self, batch: list[_Waiting]) -> None:
        """Where one fails each is tried alone; where the file cannot for now, all are told so."""
        try:
            results = self._write(lambda connection: [each.work(connection) for each in batch])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, OperationalError):
                for each in batch:
                    self._settle([each])
                return
            for each in batch:
                each.came.append((None, error))
        else:
            for each, result in zip(batch, results, strict=True):
                each.came.append((result, None))

    def _write(self, work: Callable[[Connection], T]) -> T:
        self._ensure_open()
        with self.engine.connect() as connection:
            # IMMEDIATE: a transaction that starts by reading could not become a writer's later.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            result = work(connection)
            connection.commit()
            return result

    def _ensure_open(self) -> None:
        with self._opening:
            if self._open:
                return
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                migrate(connection)
                self._on_open(connection)
                connection.commit()
            self._open = True


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def migrations() -> dict[int, str]:
    """Each step's number and its SQL, in order."""
    folder = files("bridge.crm.builtin") / "migrations"
    named = {each.name: each for each in folder.iterdir() if each.name.endswith(".sql")}
    return {int(name[:4]): named[name].read_text("utf-8") for name in sorted(named)}


def migrate(connection: Connection) -> None:
    """Run the steps this file has not seen. Raises NewerFile."""
    steps = migrations()
    seen = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if seen > max(steps):
        raise NewerFile(f"the CRM file has version {seen}, this program knows {max(steps)}: update")
    for number, sql in steps.items():
        if number > seen:
            for statement in _statements(sql):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(f"PRAGMA user_version={number}")


def _statements(sql: str) -> list[str]:
    found, buffer = [], ""
    for line in sql.splitlines(keepends=True):
        buffer += re.sub(r"--.*", "", line)
        if sqlite3.complete_statement(buffer):
            found.append(buffer)
            buffer = ""
    return found
