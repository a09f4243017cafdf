"""Opening, grouping of writes, and what happens when the database cannot."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.outbox.ports import StoreUnavailable
from bridge.storage import engine as engines
from bridge.storage import store as stores
from bridge.storage.calls import Which
from bridge.storage.engine import StoreAway, StoreUnusable
from bridge.storage.store import Store, open_store
from bridge.storage.tables import metadata
from tests.rules.office import call

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def counted_commits(store: Store) -> list[object]:
    seen: list[object] = []
    assert isinstance(store._database, engines.SqliteDatabase)
    event.listen(store._database._write, "commit", seen.append)
    return seen


async def test_the_migrations_make_the_tables_that_the_code_knows(
    sqlite: Store, file: Path
) -> None:
    with closing(sqlite3.connect(file)) as raw:
        made = {
            name: {row[1] for row in raw.execute(f"PRAGMA table_info({name})")}
            for name in metadata.tables
        }
    assert made == {
        name: {column.name for column in table.columns} for name, table in metadata.tables.items()
    }


async def test_a_second_delivering_daemon_is_refused(sqlite: Store, file: Path) -> None:
    with pytest.raises(StoreUnusable, match="another asterisk-bridge"):
        async with open_store(str(file), daemon=True):
            pass


async def test_a_tool_may_look_beside_the_daemon(store: Store, where: str) -> None:
    await store.finish(call(), ["crm"], now=NOW)
    async with open_store(where, daemon=False) as tool:
        assert await tool.call("pbx-1.1") == call()


@pytest.mark.parametrize(
    ("where", "told"),
    [("{tmp}/none.db", "there is no store"), ("mysql://x/y", "give a path, sqlite")],
)
async def test_a_store_that_cannot_be_is_told_with_what_to_do(
    where: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(StoreUnusable, match=told):
        async with open_store(where.format(tmp=tmp_path), daemon=False):
            pass


@pytest.mark.parametrize("daemon", [True, False])
async def test_the_built_in_crms_file_is_told_apart_and_left_alone(
    tmp_path: Path, daemon: bool
) -> None:
    file = tmp_path / "crm.db"
    crm = BuiltinCrm(BuiltinSettings(file=file))
    await crm.users()
    await crm.close()
    before = file.read_bytes()
    with pytest.raises(StoreUnusable, match=r"is the built-in CRM's file: write another path"):
        async with open_store(str(file), daemon=daemon):
            pass
    assert file.read_bytes() == before


async def test_a_store_of_another_version_is_not_touched_by_a_tool(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE calls (call_id)")
    with pytest.raises(StoreUnusable, match="another version"):
        async with open_store(str(file), daemon=False):
            pass


def _garbage(file: Path) -> None:
    file.write_bytes(b"no database " * 1000)


def _newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE alembic_version (version_num)")
        raw.execute("INSERT INTO alembic_version VALUES ('zzzz')")
        raw.commit()


def _torn(file: Path) -> None:
    """The first page is whole, what the tables' roots lead to is not."""
    asyncio.run(_made(file))
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


async def _made(file: Path) -> None:
    async with open_store(str(file), daemon=True):
        pass


@pytest.mark.parametrize("daemon", [True, False], ids=["run", "a tool"])
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        pytest.param(
            _garbage, "damaged .*: restore the backup .*, or correct store.url", id="garbage"
        ),
        pytest.param(_torn, "damaged .*: restore the backup", id="torn"),
        pytest.param(_newer, "by a newer version: install that one", id="of a newer version"),
    ],
)
def test_a_store_that_only_a_person_can_mend_is_told_with_what_to_do(
    tmp_path: Path, spoil: Callable[[Path], None], told: str, daemon: bool
) -> None:
    spoil(tmp_path / "bridge.db")

    async def opened() -> None:
        async with open_store(str(tmp_path / "bridge.db"), daemon=daemon):
            pass

    with pytest.raises(StoreUnusable, match=told):
        asyncio.run(opened())


async def test_a_read_that_meets_damage_is_told_so(tmp_path: Path) -> None:
    def torn(conn: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    async def reads() -> None:
        async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
            await store._read(torn)

    with pytest.raises(StoreUnusable, match=r"damaged .*: restore"):
        await reads()


async def test_a_server_without_its_driver_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(StoreUnusable, match=r"asyncpg: pip install .*\[postgres\]"):
        async with open_store("postgresql://bridge@127.0.0.1/bridge", daemon=True):
            pass


async def test_many_records_at_once_share_a_few_commits(sqlite: Store) -> None:
    commits = counted_commits(sqlite)
    async with asyncio.TaskGroup() as group:
        for number in range(400):
            record = call(call_id=f"pbx-{number}")
            group.create_task(sqlite.finish(record, ["crm"], now=NOW))
    assert len(commits) <= 4
    assert len(await sqlite.calls(Which(limit=1000))) == 400


async def test_one_write_that_fails_does_not_take_its_neighbours_with_it(store: Store) -> None:
    broken = call(call_id="pbx-2", revision=None)
    results = await asyncio.gather(
        *(
            store.finish(record, ["crm"], now=NOW)
            for record in (call(call_id="pbx-1"), broken, call(call_id="pbx-3"))
        ),
        return_exceptions=True,
    )
    assert [isinstance(result, Exception) for result in results] == [False, True, False]
    assert {record.call_id for record in await store.calls(Which())} == {"pbx-1", "pbx-3"}


async def test_what_no_database_keeps_in_a_text_costs_nobody_a_call(store: Store) -> None:
    await store.finish(call(call_id="pbx-\ud800", did="+7\x00"), ["crm"], now=NOW)
    assert len(await store.calls(Which())) == 1
    assert {entry.call_id for entry in await store.deliveries()} == {"pbx-\ufffd"}


async def test_reading_does_not_wait_for_a_writer_that_waits(sqlite: Store, file: Path) -> None:
    await sqlite.finish(call(), ["crm"], now=NOW)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.ensure_future(sqlite.finish(call(call_id="pbx-2"), ["crm"], now=NOW))
        assert await sqlite.call("pbx-1.1") == call()
        assert not writing.done()
        other.execute("ROLLBACK")
        assert await writing


async def test_a_locked_database_is_unavailable_and_not_a_crash(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_BUSY", 1)
    async with open_store(str(file), daemon=True) as store:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                await store.finish(call(), ["crm"], now=NOW)
            other.execute("ROLLBACK")
        assert await store.finish(call(), ["crm"], now=NOW)


async def test_a_server_that_is_not_there_yet_is_told_once_and_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a loss of power it may take longer to start than the daemon."""
    monkeypatch.setattr(stores, "_TRIES", 3)
    monkeypatch.setattr(stores, "_BETWEEN_TRIES", 0.0)
    with capture_logs() as logged, pytest.raises(StoreAway, match=r"see store\.url"):
        async with open_store("postgresql://bridge:secret@127.0.0.1:1/bridge", daemon=True):
            pass
    assert [line["event"] for line in logged] == ["store.waiting"]
