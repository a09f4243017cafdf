"""Whose SQLite file is it: told by its tables, before anything is written into it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

_OURS: Final = "alembic_version"
_CRMS: Final = "extensions"
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table'"


def is_store(file: Path) -> bool:
    """A store of records, of whatever version."""
    return _OURS in _tables(file)


def is_crm(file: Path) -> bool:
    """The built-in CRM."""
    found = _tables(file)
    return _CRMS in found and _OURS not in found


def _tables(file: Path) -> frozenset[str]:
    """None where there is no such file yet, or none that can be read. It is read as it lies
    (`immutable`): whoever looks, root too, leaves nothing beside it."""
    address = f"file:{quote(str(file))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as raw:
            return frozenset(name for (name,) in raw.execute(_TABLES))
    except sqlite3.Error:
        return frozenset()
