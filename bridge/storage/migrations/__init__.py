"""The schema's history, one file a step; `upgrade` takes any older store to the newest."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, func, select

_UPGRADING: Final = 5038  # any number of ours


class NewerStore(Exception):
    """The store was changed by a newer version of the program than this one."""


def _config(conn: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def upgrade(conn: Connection) -> None:
    """Every step that this store has not taken, in the transaction of `conn`; where several daemons
    start at once, one after another. Raises NewerStore."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
    try:
        command.upgrade(_config(conn), "head")
    except CommandError as error:
        if isinstance(error.__cause__, ResolutionError):  # it names a step that we do not know
            raise NewerStore from error
        raise


def is_newest(conn: Connection) -> bool:
    """Raises CommandError, as `upgrade` does, of a version that is not known here."""
    known = ScriptDirectory.from_config(_config(conn))
    revision = MigrationContext.configure(conn).get_current_revision()
    if revision:
        known.get_revision(revision)
    return revision == known.get_current_head()
