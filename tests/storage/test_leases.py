"""One client's calls one at a time, whoever looks at the same moment and whatever came between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import connect

import pytest
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.domain.commands import LogCall, Planned
from bridge.domain.record import Recording, RecordingState
from bridge.outbox.entries import Attempt, Entry
from bridge.outbox.ports import Leased, Left, NewPlan, Sending, Settled, Tried
from bridge.outbox.retry import Parked
from bridge.outbox.states import EntryMove, WriteMove
from bridge.storage import calls, leases
from bridge.storage.engine import PostgresDatabase, open_database, store_url
from bridge.storage.store import Store, open_store
from tests.lab.postgres import Server
from tests.rules.office import call

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


async def lease(store: Store, worker: str = "one", now: datetime = NOW) -> list[Entry]:
    until = now + timedelta(minutes=3)
    leased = await store.lease("crm", worker, now=now, until=until, limit=10)
    return [work.entry for work in leased.works]


async def finish(store: Store, *ids: str) -> None:
    for id in ids:
        await store.finish(call(call_id=id, recordings=()), ["crm"], now=NOW)


async def test_only_the_first_call_of_a_client_is_leased(store: Store) -> None:
    await finish(store, "pbx-1", "pbx-2")
    assert [entry.call_id for entry in await lease(store)] == ["pbx-1"]


@pytest.mark.parametrize("other", ["at_work", "before"])
async def test_those_of_a_client_that_are_done_are_not_gone_through(
    sqlite: Store, file: Path, other: str
) -> None:
    """Thousands may have come from one number that a trunk shows for everybody."""
    asked = leases._FIRST.compile(dialect=sqlite_dialect())
    said = {**asked.params, "to": "crm", "most": 8}
    with closing(connect(file)) as store:
        plan = [
            str(row[-1])
            for row in store.execute(
                f"EXPLAIN QUERY PLAN {asked}", [said[name] for name in asked.positiontup or ()]
            )
        ]
    (how,) = [step for step in plan if step.startswith(f"SEARCH {other} ")]
    assert "deliveries_by_order (destination=? AND order_key=? AND state=?" in how


async def test_a_call_that_is_retried_waits_for_the_clients_later_one_at_work(
    store: Store,
) -> None:
    await finish(store, "pbx-1", "pbx-2")
    (first,) = await lease(store)
    await store.note(first, Left(move=EntryMove.PARK, reason=Parked.REFUSED), now=NOW)
    (second,) = await lease(store)
    await store.retry(first.id, now=NOW)
    assert (second.call_id, await lease(store)) == ("pbx-2", [])


async def test_what_a_worker_no_longer_carries_is_free_again(store: Store) -> None:
    await finish(store, "pbx-1")
    await lease(store)
    assert await store.reclaim("crm", "one", carrying=(), now=NOW) == 1
    assert len(await lease(store)) == 1


async def test_what_a_worker_carries_stays_its_own_however_late_it_is(store: Store) -> None:
    await finish(store, "pbx-1")
    (entry,) = await lease(store)
    far = NOW + timedelta(days=1)
    assert await store.reclaim("crm", "one", carrying={entry.id}, now=far) == 0


async def test_the_lease_of_a_dead_worker_is_over_in_time(store: Store) -> None:
    await finish(store, "pbx-1")
    await lease(store)
    assert await store.reclaim("crm", "two", carrying=(), now=NOW) == 0
    assert await store.reclaim("crm", "two", carrying=(), now=LATER) == 1


@dataclass
class Nodes:
    """Three daemons' connections to one store, each in a transaction that it commits when told."""

    store: Store
    conns: list[AsyncConnection]

    async def lease(self, node: int) -> Leased:
        return await self.conns[node].run_sync(leases.lease, "crm", f"node {node}", NOW, LATER, 10)

    async def put(self, node: int, id: str) -> None:
        record = call(call_id=id, recordings=())
        await self.conns[node].run_sync(calls.put, record, ["crm"], NOW)


@pytest.fixture
async def nodes(postgres_server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Nodes]:
    where = postgres_server.make(f"nodes_{abs(hash(request.node.name))}")
    database = open_database(store_url(where))
    assert isinstance(database, PostgresDatabase)
    async with open_store(where, daemon=True) as store:
        conns = [await database.engine.connect() for _ in range(3)]
        yield Nodes(store, conns)
        for conn in conns:
            await conn.close()
        await database.close()


async def test_two_that_look_at_once_do_not_get_two_calls_of_one_client(nodes: Nodes) -> None:
    """The older call is committed behind the younger one's back, after that one was leased."""
    await nodes.put(0, "pbx-1")
    await finish(nodes.store, "pbx-2")
    taken = await nodes.lease(1)
    await nodes.conns[0].commit()
    at_once = await nodes.lease(2)
    await nodes.conns[1].commit()
    assert ([work.entry.call_id for work in taken.works], at_once.works) == (["pbx-2"], ())


async def test_two_that_look_at_once_share_the_clients_between_them(nodes: Nodes) -> None:
    await finish(nodes.store, "pbx-1")
    taken, nothing = await nodes.lease(0), await nodes.lease(1)
    assert (len(taken.works), nothing.works) == (1, ())


async def test_the_name_of_a_worker_that_lives_keeps_its_leases(nodes: Nodes) -> None:
    """However its clock goes: another daemon's time may be an hour ahead."""
    await finish(nodes.store, "pbx-1")
    await lease(nodes.store, "one")
    assert await nodes.store.claims.hold("one")
    far = NOW + timedelta(hours=1)
    assert await nodes.store.reclaim("crm", "two", carrying=(), now=far) == 0


async def test_a_daemon_that_starts_lets_nothing_wait_for_a_clock_that_was_wrong(
    where: str,
) -> None:
    far = datetime.now(UTC) + timedelta(days=300)
    async with open_store(where, daemon=True) as before:
        await before.finish(call(recordings=()), ["crm"], now=far)
    async with open_store(where, daemon=True) as after:
        soon = datetime.now(UTC) + timedelta(minutes=16)
        assert len(await lease(after, now=soon)) == 1


async def test_a_recording_that_is_ready_while_its_call_is_being_listed_follows_it(
    nodes: Nodes,
) -> None:
    """One daemon queues it before, and commits after another has heard that the call is listed."""
    store, late = nodes.store, nodes.conns[0]
    expected = Recording(id="r1", state=RecordingState.EXPECTED)
    await store.finish(call(call_id="pbx-1", recordings=(expected,)), ["crm"], now=NOW)
    (entry,) = await lease(store)
    key = "crm/pbx-1/log_call/call"
    plan = NewPlan((Planned(key, LogCall(call_id="pbx-1", user="u1"), "why"),))
    await store.note(entry, plan, Sending(key), now=NOW)
    ready = replace(expected, state=RecordingState.READY, file="1.wav")
    await late.run_sync(lambda conn: calls.change_recording(conn, "pbx-1", ready, NOW))
    attempt = Attempt(asked=key, at=NOW, seconds=0.1, verdict="accepted")
    listed = Tried(attempt, Settled(key=key, move=WriteMove.ACCEPT, result="7"))
    await store.note(entry, listed, Left(move=EntryMove.FINISH), now=NOW)
    await late.commit()
    await store.reclaim("crm", "one", carrying=(), now=NOW)
    assert [entry.subject for entry in await lease(store)] == ["r1"]
