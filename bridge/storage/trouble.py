"""What a database cannot do for now, told from our own mistakes, from what it took back, and from
what only a person can mend."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from bridge.storage.engine import StoreUnusable

# https://www.postgresql.org/docs/current/errcodes-appendix.html, the first two characters:
# connection, login, rolled back, no such database, resources (disk full), locked, stopped, system.
_TAKEN_BACK: Final = "40"
_FOR_NOW: Final = frozenset({"08", "28", "3D", _TAKEN_BACK, "53", "55", "57", "58"})


def is_for_now(error: BaseException) -> bool:
    """Whether the same may well succeed later, or after a person has made room, or started it."""
    if isinstance(error, OperationalError | InterfaceError | NoConnection | OSError):
        return True  # OSError: no server there; TimeoutError is one of them
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or _state(error) in _FOR_NOW


def taken_back(error: BaseException) -> bool:
    """Whether the server undid the transaction for another's sake: it may be tried at once."""
    return _state(error) == _TAKEN_BACK


def reason(error: BaseException) -> str:
    """The database's own words, without the statement and what was in it."""
    orig = getattr(error, "orig", None)
    told = getattr(orig, "__cause__", None) or orig
    plain = isinstance(error, OSError | sqlite3.Error)
    return str(told or (error if plain else type(error).__name__))


@contextmanager
def told_to_a_person() -> Iterator[None]:
    """What no retry mends, and only a person can: StoreUnusable says what to do."""
    try:
        yield
    except CommandError as error:  # Alembic knows no such version
        raise StoreUnusable(
            "the store was written by a newer version: install that one, or restore the backup"
            " from before it (docs/operations.md)"
        ) from error
    except (sqlite3.DatabaseError, DBAPIError) as error:
        if not _damaged(error):
            raise
        raise StoreUnusable(
            f"the store is damaged ({reason(error)}): restore the backup (docs/operations.md), or"
            " correct store.url where that is another file"
        ) from error


def _damaged(error: sqlite3.DatabaseError | DBAPIError) -> bool:
    """sqlite3 has a class for everything else; while connecting it is not wrapped."""
    return type(getattr(error, "orig", error)) is sqlite3.DatabaseError


def _state(error: BaseException) -> str:
    """The first two characters of the SQLSTATE, where PostgreSQL gave one."""
    said: Any = getattr(error, "orig", None) or error
    return str(getattr(said, "sqlstate", None) or "")[:2]
