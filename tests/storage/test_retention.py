"""What is old and delivered is erased with all that belongs to it; what still waits is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.application import Application, Person
from bridge.domain.record import Recording, RecordingState
from bridge.outbox.ports import Left
from bridge.outbox.retry import Parked
from bridge.outbox.states import EntryMove, EntryState
from bridge.storage.calls import Which
from bridge.storage.retention import OldCall
from bridge.storage.store import Store
from tests.rules.office import call

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1100)
LOST = Recording(id="r1", state=RecordingState.MISSING)
EXPECTED = Recording(id="r1")
DONE = Left(move=EntryMove.FINISH)
PARKED = Left(move=EntryMove.PARK, reason=Parked.REFUSED)
OLD = call(call_id="pbx-1", recordings=(LOST,), started_at=NOW, ended_at=NOW)


async def deliver(store: Store, left: Left, only: str | None = None) -> None:
    """Everything that is due is left so."""
    leased = await store.lease("crm", "one", now=NOW, until=LATER, limit=10)
    for work in leased.works:
        if only in (None, work.entry.call_id):
            await store.note(work.entry, left, now=NOW)


async def erase(store: Store, before: datetime = LATER) -> list[str]:
    """The ids of the calls that were erased."""
    ids = [old.call_id for old in await store.old_calls(before, limit=10)]
    return ids if await store.erase_calls(ids) == len(ids) else []


@pytest.mark.proves("S0-49")
async def test_an_old_call_goes_with_all_that_belongs_to_it(store: Store) -> None:
    await store.finish(OLD, ["crm"], now=NOW)
    await store.clicked("crm", "pbx-1", "handle", now=NOW)
    await deliver(store, DONE)
    assert await store.old_calls(LATER, limit=10) == [OldCall("pbx-1", OLD.pbx, ("r1",))]
    assert await erase(store) == ["pbx-1"]
    left = (
        await store.calls(Which()),
        await store.deliveries(tuple(EntryState)),
        await store.announced("crm", "pbx-1"),
    )
    assert left == ([], [], None)


async def test_a_younger_call_stays(store: Store) -> None:
    await store.finish(OLD, [], now=NOW)
    before = await erase(store, NOW)
    assert (before, await erase(store, NOW + timedelta(seconds=1))) == ([], ["pbx-1"])


@pytest.mark.parametrize("left", [None, PARKED])
async def test_what_is_not_delivered_stays(left: Left | None, store: Store) -> None:
    await store.finish(OLD, ["crm"], now=NOW)
    if left is not None:
        await deliver(store, left)
    assert await erase(store) == []


async def test_what_one_of_two_has_not_got_stays(store: Store) -> None:
    await store.finish(OLD, ["crm", "erp"], now=NOW)
    await deliver(store, DONE)
    assert await erase(store) == []


async def test_a_call_whose_recording_is_still_to_come_stays(store: Store) -> None:
    await store.finish(replace(OLD, recordings=(EXPECTED,)), [], now=NOW)
    assert await erase(store) == []


async def test_what_is_queued_at_the_last_moment_is_not_lost(store: Store) -> None:
    await store.finish(OLD, [], now=NOW)
    found = await store.old_calls(LATER, limit=10)
    await store.finish(replace(OLD, call_id="pbx-2"), ["crm"], now=NOW)
    assert await store.erase_calls([*(old.call_id for old in found), "pbx-2"]) == 1
    assert [record.call_id for record in await store.calls(Which())] == ["pbx-2"]


async def test_it_goes_in_bites_the_oldest_first(store: Store) -> None:
    for number in range(3):
        began = NOW + timedelta(days=number)
        record = replace(OLD, call_id=f"pbx-{number}", started_at=began, ended_at=began)
        await store.finish(record, [], now=NOW)
    assert [old.call_id for old in await store.old_calls(LATER, limit=2)] == ["pbx-0", "pbx-1"]


@pytest.mark.proves("S0-49")
async def test_an_old_application_goes_once_it_is_delivered(store: Store) -> None:
    for id in ("41", "42"):
        person = Person(phone="+79161234567")
        sent = Application(id=id, source="site", received_at=NOW, person=person)
        await store.apply(sent, ["crm"], now=NOW)
    await deliver(store, DONE, only="application-41")
    gone = await store.erase_applications(LATER, limit=10)
    left = [await store.application(f"application-{id}") for id in ("41", "42")]
    assert (gone, [one is not None for one in left]) == (1, [False, True])
