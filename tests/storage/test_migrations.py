"""An older store becomes the newest with all that is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, inspect, text

from bridge.storage import engine as engines
from bridge.storage import migrations
from bridge.storage.engine import StoreUnusable, open_database, store_url
from bridge.storage.store import open_store
from bridge.storage.tables import metadata
from tests.lab.postgres import Server

FIRST = "0001"


@pytest.fixture
def older(tmp_path: Path) -> str:
    """A store of the first schema, with a delivery, its plan and an attempt in it."""
    where = f"sqlite:///{tmp_path / 'bridge.db'}"
    with create_engine(where).begin() as conn:
        command.upgrade(migrations._config(conn), FIRST)
        for statement in HELD:
            conn.execute(text(statement))
    return where


HELD = (
    "INSERT INTO calls (call_id, pbx, revision, direction, needs_review, record)"
    " VALUES ('pbx-1', 'pbx', 1, 'inbound', 0, '{}')",
    "INSERT INTO deliveries (id, destination, call_id, subject, order_key, state, due_at, failures,"
    " detail, created_at) VALUES (7, 'crm', 'pbx-1', '', '+7', 'waiting', 0, 0, '', 0)",
    "INSERT INTO commands (key, delivery_id, position, planned, state)"
    " VALUES ('crm/pbx-1/log_call/call', 7, 0, '{}', 'sent')",
    "INSERT INTO attempts (delivery_id, asked, at, seconds, verdict, detail)"
    " VALUES (7, 'lookup', 0, 0, 'try_later', '')",
)


async def upgraded(file: str) -> None:
    """A daemon of today starts on it."""
    async with open_store(file, daemon=True):
        pass


async def test_what_was_on_its_way_still_is(older: str) -> None:
    await upgraded(older)
    with create_engine(older).begin() as conn:
        found = conn.execute(
            text(
                "SELECT d.id, d.call_id, c.state, a.asked FROM deliveries d"
                " JOIN commands c ON c.delivery_id = d.id JOIN attempts a ON a.delivery_id = d.id"
            )
        )
        assert [tuple(row) for row in found] == [(7, "pbx-1", "sent", "lookup")]


async def test_a_newer_store_is_refused_in_words_and_left_as_it_is(older: str) -> None:
    await upgraded(older)
    with create_engine(older).begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnusable, match="newer version"):
        await upgraded(older)
    with create_engine(older).begin() as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


async def test_an_older_store_and_a_new_one_are_of_one_shape(older: str) -> None:
    await upgraded(older)
    with create_engine("sqlite://").begin() as conn:
        metadata.create_all(conn)
        new = shape(conn)
    with create_engine(older).begin() as conn:
        assert shape(conn) == new


def shape(conn: Connection) -> dict[str, object]:
    seen = inspect(conn)
    return {
        name: (
            {column["name"] for column in seen.get_columns(name)},
            {index["name"] for index in seen.get_indexes(name)},
            {tuple(key["constrained_columns"]) for key in seen.get_foreign_keys(name)},
            {tuple(key["column_names"]) for key in seen.get_unique_constraints(name)},
        )
        for name in seen.get_table_names()
        if name != "alembic_version"
    }


async def test_ids_of_entries_are_not_given_again(older: str) -> None:
    await upgraded(older)
    with create_engine(older).begin() as conn:
        for table in ("attempts", "commands", "deliveries"):
            conn.execute(text(f"DELETE FROM {table}"))
        conn.execute(text(HELD[1].replace("(7,", "(NULL,")))
        assert conn.scalar(text("SELECT id FROM deliveries")) == 8


async def test_a_step_of_a_large_store_may_take_longer_than_a_statement_of_every_day(
    postgres_server: Server, empty_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines._PATIENCE, "command_timeout", 0.2)
    where = postgres_server.make("large_store", like=empty_store)
    database = open_database(store_url(where))
    with pytest.raises(TimeoutError):
        await database.write(_long)
    await database.change_schema(_long)
    await database.close()
    postgres_server.drop("large_store")


def _long(conn: Connection) -> None:
    conn.execute(text("SELECT pg_sleep(1)"))
