"""A store that cannot write while an entry is carried: locked by somebody, for a while or for long.

What the CRM has said by then is not forgotten, and nothing is written twice.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.outbox.ports import StoreUnavailable
from bridge.storage import engine
from bridge.storage.store import Store, open_store
from tests.outbox.conftest import Desk, StillClock
from tests.outbox.fake_crm import FakeCrm
from tests.rules.office import call


@pytest.fixture
async def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """One that does not wait for a lock."""
    monkeypatch.setattr(engine, "_BUSY", 1)
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        yield store


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Somebody else writes, and takes his time."""
    with closing(sqlite3.connect(folder / "bridge.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def at_the_gate(desk: Desk, crm: FakeCrm, place: int) -> asyncio.Task[object]:
    """A carrier whose write of this place in the plan was asked and is not answered yet."""
    await desk.finish(call(recordings=()))
    (work,) = await desk.lease()
    crm.gate = asyncio.Event()
    carrying = asyncio.get_running_loop().create_task(desk.carrier.carry(work), name="carry")
    for _ in range(place):
        await crm.at_the_gate.acquire()
        crm.gate.set()
        crm.gate = asyncio.Event()
    await crm.at_the_gate.acquire()
    return carrying


@pytest.mark.parametrize("place", range(2))
async def test_what_the_crm_has_said_waits_for_the_store(
    desk: Desk, crm: FakeCrm, clock: StillClock, tmp_path: Path, place: int
) -> None:
    crm.can_find = False  # so that a result that is lost could not be asked for
    carrying = await at_the_gate(desk, crm, place)
    with locked(tmp_path):
        opened, crm.gate = crm.gate, None
        assert opened is not None
        opened.set()
        await clock.waits.acquire()
    clock.move(timedelta(seconds=2))
    await carrying
    assert (await desk.states(), crm.doubled(), len(crm.effects)) == (["call done"], [], 2)


async def test_a_store_that_stays_away_for_hours_costs_nothing_and_doubles_nothing(
    desk: Desk, crm: FakeCrm, clock: StillClock, tmp_path: Path
) -> None:
    carrying = await at_the_gate(desk, crm, 1)
    with locked(tmp_path):
        opened, crm.gate = crm.gate, None
        assert opened is not None
        opened.set()
        await clock.waits.acquire()
        clock.move(timedelta(hours=2))
        with pytest.raises(StoreUnavailable, match="locked"):
            await carrying
    await desk.deliver()
    assert (await desk.states(), crm.doubled(), len(crm.effects)) == (["call done"], [], 2)
