"""The index: every phone of one CRM in memory, kept in a file from run to run.

A million phones must fit into 300 MB: a phone is a number, and what it leads to is one string of
bytes that is read only when somebody calls.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

import structlog

from bridge.cache.packed import Matches, pack, unpack

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS phones (phone INTEGER PRIMARY KEY, matches BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

Row = tuple[str, Matches]
_Held = tuple[list[tuple[int, bytes]], dict[str, str]]
_Done = TypeVar("_Done")

log = structlog.get_logger(__name__)


class PhoneIndex:
    """`whole` once every phone has been read: only then an unknown phone is unknown."""

    def __init__(self) -> None:
        self._phones: dict[int, bytes] = {}
        self.whole = False

    def __len__(self) -> int:
        return len(self._phones)

    def matches(self, number: str) -> Matches | None:
        """Empty when the CRM does not have this E.164 number; None while that is not known."""
        data = self._phones.get(int(number[1:]))
        if data is None:
            return () if self.whole else None
        return unpack(data)

    def load(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """What a file holds."""
        self._phones.update(rows)

    def put(self, rows: Iterable[Row]) -> list[tuple[int, bytes]]:
        """These phones lead here now, to nobody where there are no matches. Returns them as a file
        keeps them."""
        packed = [(int(number[1:]), pack(matches)) for number, matches in rows]
        for phone, data in packed:
            if data:
                self._phones[phone] = data
            else:
                self._phones.pop(phone, None)
        return packed


class IndexFile:
    """The index between two runs. Blocking: call from a thread."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self._or_anew(self._begin)

    def _begin(self) -> None:
        with closing(self._open()) as file, file:
            file.executescript(_SCHEMA)

    def _or_anew(self, doing: Callable[[], _Done]) -> _Done:
        """What this comes to; of a new file where this one is damaged."""
        try:
            return doing()
        except sqlite3.OperationalError:
            raise  # the disk, or somebody else's lock: what the file holds is not to blame
        except sqlite3.DatabaseError as error:
            file = self._file
            log.warning("index.damaged", file=str(file), error=str(error), act="it is read anew")
            for each in (file, *file.parent.glob(f"{file.name}-*")):
                each.unlink(missing_ok=True)
            self._begin()
            return doing()

    def read(self) -> _Held:
        """Every phone, and how far the reading of the CRM has come."""
        return self._or_anew(self._read)

    def _read(self) -> _Held:
        with closing(self._open()) as file:
            phones = file.execute("SELECT phone, matches FROM phones").fetchall()
            return phones, dict(file.execute("SELECT name, value FROM progress"))

    def write(self, rows: Iterable[tuple[int, bytes]], progress: dict[str, str]) -> None:
        """Both or neither, so that a reading that was cut off goes on where it was."""
        with closing(self._open()) as file, file:
            rows = list(rows)
            kept = [row for row in rows if row[1]]
            gone = [(row[0],) for row in rows if not row[1]]
            file.executemany("INSERT OR REPLACE INTO phones VALUES (?, ?)", kept)
            file.executemany("DELETE FROM phones WHERE phone = ?", gone)
            file.executemany("INSERT OR REPLACE INTO progress VALUES (?, ?)", progress.items())

    def _open(self) -> sqlite3.Connection:
        opened = sqlite3.connect(self._file, timeout=10)
        opened.execute("PRAGMA journal_mode = WAL")
        return opened
