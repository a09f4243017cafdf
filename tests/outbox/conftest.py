"""A real store, an honest CRM, a clock that stands still, and someone who carries."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.counters import NoCounters
from bridge.domain.record import CallRecord
from bridge.outbox.carrier import LEASE, Carrier
from bridge.outbox.entries import Work
from bridge.outbox.retry import RetrySettings
from bridge.storage.store import Store, open_store
from tests.outbox.fake_crm import FakeCrm, destination


class StillClock:
    """Moves only when it is told to."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self._moved = asyncio.Event()
        self.waits = asyncio.Semaphore(0)  # told of each one who begins to wait

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by
        self._moved.set()
        self._moved = asyncio.Event()

    async def wait(self, event: asyncio.Event, until: datetime) -> None:
        self.waits.release()
        while not event.is_set() and self._now < until:
            either = [asyncio.ensure_future(e.wait()) for e in (event, self._moved)]
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in either:
                    one.cancel()


class Counted(NoCounters):
    """Remembers what was counted: `name word word`."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        self.times[" ".join((name, *labels.values()))] += int(amount)


class Desk:
    """Finishes calls and delivers what is due, one entry after another."""

    def __init__(self, store: Store, crm: FakeCrm, clock: StillClock) -> None:
        self.store = store
        self.crm = crm
        self.clock = clock
        self.destination = destination(crm)
        self.counted = Counted()
        self.carrier = Carrier(
            self.destination,
            store,
            clock=clock,
            dice=lambda: 0.5,
            counters=self.counted,
            settings=RetrySettings(),
        )

    async def finish(self, *records: CallRecord) -> None:
        for record in records:
            await self.store.finish(record, ["crm"], now=self.clock.now())

    async def deliver(self) -> None:
        """All that is due now."""
        now = self.clock.now()
        await self.store.reclaim("crm", "desk", carrying=(), now=now)
        while leased := await self.lease():
            for work in leased:
                await self.carrier.carry(work)

    async def deliver_in(self, wait: timedelta) -> None:
        self.clock.move(wait)
        await self.deliver()

    async def lease(self, worker: str = "desk") -> list[Work]:
        now = self.clock.now()
        leased = await self.store.lease("crm", worker, now=now, until=now + LEASE, limit=10)
        return list(leased.works)

    async def states(self) -> list[str]:
        return [f"{e.subject or 'call'} {e.state}" for e in await self.store.deliveries()]


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def crm() -> FakeCrm:
    return FakeCrm()


@pytest.fixture
async def store(where: str) -> AsyncIterator[Store]:
    async with open_store(where, daemon=True) as store:
        yield store


@pytest.fixture
def desk(store: Store, crm: FakeCrm, clock: StillClock) -> Desk:
    return Desk(store, crm, clock)
