"""A promise to call back reaches the CRM as a task, once, whatever becomes of the answers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.counters import NoCounters
from bridge.domain.record import Client
from bridge.domain.routes import CALLBACK
from bridge.outbox.carrier import LEASE, Carrier
from bridge.outbox.destination import Destination
from bridge.outbox.retry import RetrySettings
from bridge.routing.settings import RoutingSettings
from bridge.storage.store import Store, open_store
from tests.crm.bitrix24.harness import Bitrix24Harness
from tests.crm.builtin.harness import BuiltinHarness
from tests.outbox.conftest import StillClock
from tests.rules.office import CLIENT, SALES, missed

Harness = BuiltinHarness | Bitrix24Harness
NIGHT = datetime(2026, 1, 4, 20, 30, tzinfo=UTC)  # a Sunday
OPENS = "2026-01-05T09:00:00+03:00"
HOURS: dict[str, Any] = {
    "hours": "office",
    "schedules": {"office": {"zone": "Europe/Moscow", "week": {"mon-fri": "09:00-18:00"}}},
}


class Promising:
    """An outbox before a CRM."""

    def __init__(self, harness: Harness, store: Store) -> None:
        self.harness = harness
        self.store = store
        self.clock = StillClock()
        self.carrier = Carrier(
            Destination(
                name="crm", crm=harness.crm, opens=RoutingSettings.model_validate(HOURS).opens
            ),
            store,
            clock=self.clock,
            dice=lambda: 0.5,
            counters=NoCounters(),
            settings=RetrySettings(),
        )

    async def closed(self) -> None:
        """A client called at night, and was promised a call."""
        record = missed(
            client=Client(number=CLIENT),
            did=SALES,
            labels=(f"did:{SALES}", CALLBACK),
            started_at=NIGHT,
            recordings=(),
        )
        await self.store.finish(record, ["crm"], now=self.clock.now())

    async def deliver(self) -> None:
        now = self.clock.now()
        while works := (
            await self.store.lease("crm", "desk", now=now, until=now + LEASE, limit=10)
        ).works:
            for work in works:
                await self.carrier.carry(work)

    def tasks(self) -> list[tuple[str, str]]:
        """Title and deadline of each, as the CRM keeps them."""
        if isinstance(self.harness, Bitrix24Harness):
            rows = self.harness.portal.state.tasks.values()
            return [(str(row["TITLE"]), str(row["DEADLINE"])) for row in rows]
        with closing(sqlite3.connect(self.harness.file)) as file:
            kept = file.execute("SELECT title, fields FROM tasks").fetchall()
        return [(title, json.loads(fields)["deadline"]) for title, fields in kept]


@pytest.fixture(params=[BuiltinHarness, Bitrix24Harness], ids=lambda one: one.name)
async def promising(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Promising]:
    harness: Harness = request.param(tmp_path)
    where = f"sqlite:///{tmp_path}/bridge.db"
    async with harness.running(), open_store(where, daemon=True) as store:
        yield Promising(harness, store)


@pytest.mark.proves("S0-58")
async def test_the_promise_is_a_task_in_the_crm(promising: Promising) -> None:
    await promising.closed()
    await promising.deliver()
    ((title, deadline),) = promising.tasks()
    assert f"Call back {CLIENT}, who called {SALES} at 2026-01-04 23:30" in title
    assert datetime.fromisoformat(deadline) == datetime.fromisoformat(OPENS)
    assert [str(one.state) for one in await promising.store.deliveries()] == ["done"]


@pytest.mark.parametrize("promising", [Bitrix24Harness], indirect=True, ids=["bitrix24"])
async def test_a_task_whose_answer_was_lost_is_not_made_again(promising: Promising) -> None:
    assert isinstance(promising.harness, Bitrix24Harness)
    promising.harness.portal.fault("slow", "tasks.task.add", times=1, applied=True)
    await promising.closed()
    await promising.deliver()
    for _ in range(5):
        promising.clock.move(timedelta(minutes=20))
        await promising.deliver()
    assert len(promising.tasks()) == 1
    assert [str(one.state) for one in await promising.store.deliveries()] == ["done"]
