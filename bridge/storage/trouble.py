"""What a database cannot do for now, told from our own mistakes, and from what it took back."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

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
    return str(told or (error if isinstance(error, OSError) else type(error).__name__))


def _state(error: BaseException) -> str:
    """The first two characters of the SQLSTATE, where PostgreSQL gave one."""
    said: Any = getattr(error, "orig", None) or error
    return str(getattr(said, "sqlstate", None) or "")[:2]
