"""How deep the outbox is, and what goes when it is old."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bridge.domain.record import Recording, RecordingState
from bridge.domain.troubles import Incident, IncidentState, Trouble, TroubleKind
from bridge.outbox.ports import Left
from bridge.outbox.retry import Parked
from bridge.outbox.states import EntryMove, EntryState
from bridge.storage.calls import Which
from bridge.storage.care import Depth
from bridge.storage.store import Store
from tests.rules.office import call

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=91)
READY = Recording(id="r1", file="r1.wav", state=RecordingState.READY)
DONE = Left(move=EntryMove.FINISH)
REFUSED = Left(move=EntryMove.PARK, reason=Parked.REFUSED)


async def leave(store: Store, left: Left, *ids: str) -> None:
    """These calls of one client, each left so."""
    for id in ids:
        await store.finish(call(call_id=id, recordings=()), ["crm"], now=NOW)
        leased = await store.lease("crm", "one", now=NOW, until=LATER, limit=1)
        await store.note(leased.works[0].entry, left, now=NOW)


async def test_the_outbox_tells_how_deep_it_is(store: Store) -> None:
    await leave(store, REFUSED, "pbx-1")
    await leave(store, DONE, "pbx-2")
    for minute in range(2):
        now = NOW + timedelta(minutes=minute)
        await store.finish(call(call_id=f"pbx-{minute + 3}", recordings=()), ["crm"], now=now)
    assert await store.depth("crm") == Depth(waiting=2, parked=1, oldest=NOW)
    assert await store.depth("erp") == Depth()


async def test_what_was_settled_long_ago_goes_and_its_record_stays(store: Store) -> None:
    await leave(store, DONE, "pbx-1")
    assert await store.purge(NOW, most=10) == 0
    assert await store.purge(LATER, most=10) == 1
    assert (await store.deliveries(), len(await store.calls(Which()))) == ([], 1)


async def test_it_goes_in_bites(store: Store) -> None:
    await leave(store, DONE, "pbx-1", "pbx-2", "pbx-3")
    assert [await store.purge(LATER, most=2) for _ in range(3)] == [2, 1, 0]


async def test_what_waits_for_a_person_stays(store: Store) -> None:
    await leave(store, REFUSED, "pbx-1")
    assert await store.purge(LATER, most=10) == 0


async def test_a_call_stays_as_long_as_its_recording_is_to_come(store: Store) -> None:
    await leave(store, DONE, "pbx-1")
    await store.change_recording("pbx-1", READY, now=NOW)
    assert await store.purge(LATER, most=10) == 0


async def test_a_later_revision_of_a_purged_call_is_no_second_delivery(store: Store) -> None:
    await leave(store, DONE, "pbx-1")
    await store.purge(LATER, most=10)
    again = replace(call(call_id="pbx-1", recordings=(READY,)), revision=2, rating=5)
    assert await store.finish(again, ["crm"], now=LATER)
    assert await store.deliveries(tuple(EntryState)) == []


async def test_what_was_announced_goes_with_the_delivery_that_needs_it(store: Store) -> None:
    await leave(store, DONE, "pbx-1")
    await leave(store, REFUSED, "pbx-2")
    for id in ("pbx-1", "pbx-2"):
        await store.clicked("crm", id, "h", now=NOW)
    await store.purge(LATER, most=10)
    kept = [await store.announced("crm", id) for id in ("pbx-1", "pbx-2")]
    assert [one is not None for one in kept] == [False, True]


async def test_an_incident_goes_when_it_has_long_been_over(store: Store) -> None:
    trouble = Trouble(subject="crm", kind=TroubleKind.FAILING, since=NOW, what="")
    over = Incident(id=0, trouble=trouble, state=IncidentState.CLOSED, told_at=NOW, closed_at=NOW)
    lasting = replace(over, state=IncidentState.OPEN, closed_at=None)
    await store.keep_incidents([replace(over, state=IncidentState.OPEN), lasting])
    first, second = sorted(await store.incidents(), key=lambda incident: incident.id)
    await store.keep_incidents([replace(first, state=IncidentState.CLOSED, closed_at=NOW)])
    gone = await store.purge_incidents(NOW + timedelta(seconds=1), most=10)
    kept = [incident.id for incident in await store.incidents(closed=True)]
    assert (gone, kept) == (1, [second.id])
