"""The lane at work: how many at a time, when it wakes, how it stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import cast

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bridge.domain.ports import CrmNeedsLogin
from bridge.domain.record import CallRecord, Client
from bridge.outbox.entries import Entry
from bridge.outbox.lane import Lane
from bridge.outbox.ports import Entries, Fact, Leased, Left, StoreUnavailable
from bridge.outbox.retry import Parked
from bridge.outbox.states import EntryState
from bridge.storage.store import Store
from tests.outbox.conftest import StillClock
from tests.outbox.fake_crm import TRY_LATER, FakeCrm, destination
from tests.rules.office import call


class Watched:
    """The store, telling a test when the lane has left so many entries."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.left = asyncio.Semaphore(0)
        self.leases = asyncio.Semaphore(0)
        self.unheld = asyncio.Semaphore(0)
        self.away = 0
        self.broken = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def lease(self, *args: str, now: datetime, until: datetime, limit: int) -> Leased:
        self.leases.release()
        if self.away:
            self.away -= 1
            raise StoreUnavailable("disk full")
        return await self._store.lease(*args, now=now, until=until, limit=limit)

    async def note(self, entry: Entry, *facts: Fact, **when: datetime) -> None:
        if entry.call_id == self.broken and not isinstance(facts[0], Left):
            raise ValueError("a row that no version of ours has written")
        await self._store.note(entry, *facts, **when)
        if any(isinstance(fact, Left) for fact in facts):
            self.left.release()

    async def unhold(self, destination: str) -> None:
        await self._store.unhold(destination)
        self.unheld.release()


async def times(semaphore: asyncio.Semaphore, number: int) -> None:
    for _ in range(number):
        await semaphore.acquire()


def calls(number: int) -> list[CallRecord]:
    return [
        call(call_id=f"pbx-{n}", client=Client(number=f"+7926000{n:04}"), recordings=())
        for n in range(number)
    ]


@pytest.fixture
def watched(store: Store) -> Watched:
    return Watched(store)


@pytest.fixture
async def lane(watched: Watched, crm: FakeCrm, clock: StillClock) -> AsyncIterator[Lane]:
    lane = Lane(
        destination(crm),
        cast(Entries, watched),
        worker="here",
        clock=clock,
        dice=lambda: 0.5,
        abreast=3,
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(lane.run())
        yield lane
        lane.stop()


async def finish(store: Store, lane: Lane, clock: StillClock, *records: CallRecord) -> None:
    for record in records:
        await store.finish(record, [lane.destination.name], now=clock.now())
    lane.wake()


async def test_a_new_call_wakes_the_lane(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    await finish(store, lane, clock, *calls(1))
    await times(watched.left, 1)
    assert len(crm.calls) == 1


async def test_no_more_than_so_many_are_under_way_at_a_time(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    crm.gate = asyncio.Event()
    await finish(store, lane, clock, *calls(5))
    await times(crm.at_the_gate, 3)
    assert (await store.counts())[("crm", EntryState.WORKING)] == 3
    crm.gate.set()
    await times(watched.left, 5)


async def test_stopping_finishes_what_is_under_way_and_takes_nothing_more(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    crm.gate = asyncio.Event()
    await finish(store, lane, clock, *calls(5))
    await times(crm.at_the_gate, 3)
    lane.stop()
    crm.gate.set()
    await times(watched.left, 3)
    assert await store.counts() == {("crm", "done"): 3, ("crm", "waiting"): 2}


async def test_what_is_postponed_is_taken_up_when_it_is_due(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    crm.answers.append(TRY_LATER)
    await finish(store, lane, clock, *calls(1))
    await times(watched.left, 1)
    assert crm.calls == {}
    clock.move(timedelta(seconds=2))
    await times(watched.left, 1)
    assert len(crm.calls) == 1


async def test_while_the_crm_fails_one_entry_at_a_time_tries_it(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    crm.answers.extend([TRY_LATER] * 6)
    await finish(store, lane, clock, *calls(6))
    await times(watched.left, 6)
    crm.gate = asyncio.Event()
    clock.move(timedelta(minutes=1))
    await crm.at_the_gate.acquire()
    assert (await store.counts())[("crm", EntryState.WORKING)] == 1
    crm.gate.set()
    await times(watched.left, 6)


async def test_a_login_that_works_again_lets_the_destination_go(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    crm.reads.append(CrmNeedsLogin("401"))
    await finish(store, lane, clock, *calls(1))
    await times(watched.left, 1)
    assert len(await store.held()) == 1
    clock.move(timedelta(minutes=5))
    await times(watched.unheld, 1)
    assert (await store.held(), len(crm.calls)) == ([], 1)


async def test_a_store_that_fails_for_a_while_does_not_end_the_lane(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    await times(watched.leases, 1)
    watched.away = 1
    await finish(store, lane, clock, *calls(1))
    await times(watched.leases, 1)
    clock.move(timedelta(seconds=5))
    await times(watched.left, 1)
    assert len(crm.calls) == 1


async def test_an_entry_that_we_cannot_carry_is_put_aside_and_the_others_go_on(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    watched.broken = "pbx-0"
    await finish(store, lane, clock, *calls(2))
    await times(watched.left, 2)
    (parked,) = await store.deliveries((EntryState.PARKED,))
    assert (parked.call_id, parked.reason, len(crm.calls)) == ("pbx-0", Parked.OURS, 1)


async def test_every_line_that_is_logged_while_a_call_is_carried_says_which(
    store: Store, lane: Lane, clock: StillClock, watched: Watched
) -> None:
    watched.broken = "pbx-0"
    with capture_logs([merge_contextvars]) as logged:
        await finish(store, lane, clock, *calls(2))
        await times(watched.left, 2)
    assert [line["call_id"] for line in logged] == ["pbx-0"]


async def test_a_clock_set_back_does_not_put_anything_off(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    crm.answers.append(TRY_LATER)
    await finish(store, lane, clock, *calls(1))
    await times(watched.left, 1)
    clock.move(-timedelta(hours=1))
    lane.wake()
    await times(watched.leases, 3)
    clock.move(timedelta(seconds=2))
    await times(watched.left, 1)
    assert len(crm.calls) == 1


async def test_a_login_is_tried_again_though_the_clock_was_set_back(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    crm.reads.append(CrmNeedsLogin("401"))
    await finish(store, lane, clock, *calls(1))
    await times(watched.left, 1)
    clock.move(-timedelta(hours=1))
    lane.wake()
    await times(watched.leases, 3)
    clock.move(timedelta(minutes=5))
    await times(watched.unheld, 1)
    assert len(crm.calls) == 1


async def test_a_clock_set_forward_takes_nothing_out_of_a_carriers_hands(
    store: Store, lane: Lane, clock: StillClock, watched: Watched, crm: FakeCrm
) -> None:
    crm.gate = asyncio.Event()
    await finish(store, lane, clock, *calls(1))
    await times(crm.at_the_gate, 1)
    clock.move(timedelta(hours=1))
    lane.wake()
    await times(watched.leases, 3)
    crm.gate.set()
    await times(watched.left, 1)
    assert (crm.doubled(), len(crm.calls)) == ([], 1)
