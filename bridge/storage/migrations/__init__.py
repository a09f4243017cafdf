"""The schema's history, one file a step; `upgrade` takes any older store to the newest."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

_UPGRADING: Final = 5038  # any number of ours


def _config(conn: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def upgrade(conn: Connection) -> None:
    """Every step that this store has not taken, in the transaction of `conn`; where several daemons
    start at once, one after another. Raises CommandError of a version that is not known here."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
    command.upgrade(_config(conn), "head")


def is_newest(conn: Connection) -> bool:
    """Raises CommandError, as `upgrade` does."""
    known = ScriptDirectory.from_config(_config(conn))
    revision = MigrationContext.configure(conn).get_current_revision()
    if revision:
        known.get_revision(revision)
    return revision == known.get_current_head()
