"""Finished calls and what must be delivered of them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.event import listen

from bridge.domain.record import (
    CallRecord,
    Client,
    Direction,
    Disposition,
    Recording,
    RecordingState,
)
from bridge.outbox.entries import Entry
from bridge.outbox.states import EntryState
from bridge.storage.calls import Which, find
from bridge.storage.paths import PathTaken
from bridge.storage.store import Store
from tests.rules.office import CLIENT, call

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
EXPECTED = Recording(id="r1", pbx_path="/r1.wav")
READY = replace(EXPECTED, file="r1.wav", state=RecordingState.READY)


def told(entries: list[Entry]) -> list[str]:
    return [f"{e.destination} {e.subject or 'call'} {e.state}" for e in entries]


@pytest.mark.proves("S4-40")
async def test_a_record_comes_with_one_entry_for_each_destination(store: Store) -> None:
    await store.finish(call(recordings=()), ["crm", "erp"], now=NOW)
    assert told(await store.deliveries()) == ["crm call waiting", "erp call waiting"]


async def test_the_same_revision_again_changes_nothing(store: Store) -> None:
    await store.finish(call(), ["crm"], now=NOW)
    assert not await store.finish(call(responsible="999"), ["crm"], now=NOW)
    assert await store.call("pbx-1.1") == call()


async def test_a_lower_revision_changes_nothing(store: Store) -> None:
    await store.finish(call(revision=3), ["crm"], now=NOW)
    assert not await store.finish(call(revision=2), ["crm"], now=NOW)


async def test_a_higher_revision_completes_the_record_and_is_no_second_delivery(
    store: Store,
) -> None:
    await store.finish(call(recordings=()), ["crm"], now=NOW)
    assert await store.finish(call(revision=2, language="de", recordings=()), ["crm"], now=NOW)
    assert await store.call("pbx-1.1") == call(revision=2, language="de", recordings=())
    assert told(await store.deliveries()) == ["crm call waiting"]


async def test_a_recording_that_becomes_ready_queues_only_its_own_attachment(
    store: Store,
) -> None:
    await store.finish(call(recordings=(EXPECTED,)), ["crm"], now=NOW)
    record = await store.change_recording("pbx-1.1", READY, now=NOW)
    assert record == call(revision=2, recordings=(READY,))
    assert told(await store.deliveries()) == ["crm call waiting", "crm r1 held_back"]


async def test_a_recording_told_twice_raises_the_revision_once(store: Store) -> None:
    await store.finish(call(recordings=(EXPECTED,)), ["crm"], now=NOW)
    await store.change_recording("pbx-1.1", READY, now=NOW)
    record = await store.change_recording("pbx-1.1", READY, now=NOW)
    assert record is not None
    assert record.revision == 2


async def test_a_missing_recording_queues_nothing(store: Store) -> None:
    await store.finish(call(recordings=(EXPECTED,)), ["crm"], now=NOW)
    missing = replace(EXPECTED, state=RecordingState.MISSING)
    record = await store.change_recording("pbx-1.1", missing, now=NOW)
    assert told(await store.deliveries()) == ["crm call waiting"]
    assert await store.recordings(RecordingState.MISSING) == [(record, missing)]


async def test_the_recordings_still_expected_are_found_after_a_restart(store: Store) -> None:
    await store.finish(call(recordings=(EXPECTED,)), ["crm"], now=NOW)
    assert await store.recordings(RecordingState.EXPECTED) == [
        (call(recordings=(EXPECTED,)), EXPECTED)
    ]


async def test_a_recording_of_an_unknown_call_is_told_so(store: Store) -> None:
    assert await store.change_recording("pbx-9.9", READY, now=NOW) is None


@pytest.mark.proves("S1-24")
async def test_an_internal_call_is_kept_but_never_queued(store: Store) -> None:
    await store.finish(call(Direction.INTERNAL), ["crm"], now=NOW)
    assert await store.deliveries() == []


@pytest.mark.parametrize(
    ("which", "ids"),
    [
        (Which(), ["3", "2", "1"]),
        (Which(limit=1), ["3"]),
        (Which(client=CLIENT), ["3", "1"]),
        (Which(digits=(CLIENT[5:9],)), ["3", "1"]),
        (Which(digits=("8" + CLIENT[2:7], CLIENT[:7])), ["3", "1"]),
        (Which(digits=("9%6",)), []),
        (Which(responsible="102"), ["2"]),
        (Which(disposition=Disposition.MISSED), ["2"]),
        (Which(direction=Direction.OUTBOUND), ["2"]),
        (Which(since=NOW + timedelta(minutes=2)), ["3", "2"]),
        (Which(until=NOW + timedelta(minutes=2)), ["1"]),
        (Which(needs_review=True), ["3"]),
    ],
)
async def test_calls_are_found_newest_first(store: Store, which: Which, ids: list[str]) -> None:
    stranger = Client(number="+79260000000")
    for record in (
        call(started_at=NOW + timedelta(minutes=1)),
        replace(
            call(Direction.OUTBOUND, started_at=NOW + timedelta(minutes=2), client=stranger),
            responsible="102",
            disposition=Disposition.MISSED,
        ),
        call(started_at=NOW + timedelta(minutes=3), needs_review=True),
    ):
        minute = (record.started_at or NOW).minute
        await store.finish(replace(record, call_id=str(minute)), ["crm"], now=NOW)
    assert [record.call_id for record in await store.calls(which)] == ids


@pytest.mark.parametrize(
    ("which", "index"),
    [
        (Which(client=CLIENT), "calls_by_client"),
        (Which(responsible="101"), "calls_by_responsible"),
        (Which(needs_review=True), "calls_to_review"),
        (Which(disposition=Disposition.MISSED), "calls_by_start"),
    ],
)
async def test_few_calls_among_many_are_found_without_reading_all(
    sqlite: Store, file: Path, which: Which, index: str
) -> None:
    asked: list[tuple[str, Any]] = []
    engine = create_engine(f"sqlite:///{file}")
    listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with engine.connect() as conn:
        find(conn, which)
    with closing(connect(file)) as store:
        (statement, values) = next(each for each in asked if "started_at DESC" in each[0])
        plan = str(store.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())
    assert f"USING INDEX {index}" in plan


async def test_page_after_page_shows_each_call_once_and_last_what_began_nobody_knows_when(
    store: Store,
) -> None:
    begun = {"1": NOW, "2": None, "3": NOW, "4": None, "5": NOW + timedelta(minutes=1), "6": None}
    for id, at in begun.items():
        await store.finish(call(call_id=id, started_at=at), ["crm"], now=NOW)
    shown: list[str] = []
    while page := await store.calls(Which(limit=2, before=shown[-1] if shown else None)):
        shown += [record.call_id for record in page]
    assert shown == ["5", "3", "1", "6", "4", "2"]


async def test_entries_are_counted_by_destination_and_state(store: Store) -> None:
    await store.finish(call(), ["crm", "erp"], now=NOW)
    assert await store.counts() == {
        (name, state): 1
        for name in ("crm", "erp")
        for state in (EntryState.WAITING, EntryState.HELD_BACK)
    }


DAY = timedelta(days=1)


def talk(number: int, responsible: str | None, days_ago: int, **more: Any) -> CallRecord:
    """A call of the client's, answered if nothing else is said."""
    began = NOW - days_ago * DAY
    told = {"disposition": Disposition.ANSWERED, **more}
    return call(
        call_id=f"pbx-{number}.1",
        responsible=responsible,
        started_at=began,
        ended_at=began + timedelta(minutes=3),
        **told,
    )


@pytest.mark.parametrize(
    ("newest", "last"),
    [
        (talk(2, "102", 1), "102"),
        (talk(2, None, 1, disposition=Disposition.MISSED), "101"),
        (talk(2, "102", 1, disposition=Disposition.NO_ANSWER), "101"),
        (talk(2, "+79160000001", 1), "101"),
        (talk(2, "102", 1, needs_review=True), "101"),
        (talk(2, "102", 1, client=Client(number="+79160000002")), "101"),
    ],
    ids=["talked", "missed", "only_dialled", "outside_phone", "not_sure", "another_client"],
)
async def test_who_talked_with_a_client_last(store: Store, newest: CallRecord, last: str) -> None:
    for record in (talk(1, "101", 2), newest):
        await store.finish(record, [], now=NOW)
    found = await store.last_talk(CLIENT, NOW - 30 * DAY)
    assert (found and found[0], await store.last_talk(CLIENT, NOW)) == (last, None)


@pytest.mark.proves("S0-22", "S0-23")
async def test_each_path_tells_how_many_were_answered_and_how_long_they_waited(
    store: Store,
) -> None:
    owner, group = ("did:+74951234501", "owner"), ("did:+74951234501", "group")
    told: list[tuple[tuple[str, ...], Disposition, float | None]] = [
        (owner, Disposition.ANSWERED, 4.0),
        (owner, Disposition.ANSWERED, 8.0),
        (owner, Disposition.MISSED, 20.0),
        (group, Disposition.ANSWERED, None),
        (group, Disposition.VOICEMAIL, 30.0),
    ]
    for n, (labels, disposition, waited) in enumerate(told):
        record = call(labels=labels, disposition=disposition, wait_seconds=waited, started_at=NOW)
        await store.finish(replace(record, call_id=f"pbx-{n}"), [], now=NOW)
    outbound = call(direction=Direction.OUTBOUND, labels=owner)
    await store.finish(replace(outbound, call_id="pbx-9"), [], now=NOW)
    assert await store.paths() == [
        PathTaken(labels=owner, calls=3, answered=2, waited_answered=6.0, waited_missed=20.0),
        PathTaken(labels=group, calls=2, answered=1, waited_answered=None, waited_missed=30.0),
    ]
    assert await store.paths(until=NOW) == []


async def test_a_later_rating_follows_the_call_and_is_forgotten_by_no_revision(
    store: Store,
) -> None:
    await store.finish(call(recordings=()), ["crm"], now=NOW)
    for rating in (2, 2, 4):
        await store.rate("pbx-1.1", rating, now=NOW)
    await store.finish(call(revision=9, recordings=()), ["crm"], now=NOW)
    record = await store.call("pbx-1.1")
    assert (record and record.rating, told(await store.deliveries())) == (
        4,
        ["crm call waiting", "crm /rating 2 #1 held_back", "crm /rating 4 #2 held_back"],
    )


async def test_who_comes_back_to_the_first_rating_is_told_of_as_well(store: Store) -> None:
    await store.finish(call(recordings=()), ["crm"], now=NOW)
    for rating in (2, 4, 2):
        await store.rate("pbx-1.1", rating, now=NOW)
    assert told(await store.deliveries())[-1] == "crm /rating 2 #3 held_back"


async def test_a_rating_of_an_unknown_call_is_none(store: Store) -> None:
    assert (await store.rate("pbx-9.9", 2, now=NOW), await store.deliveries()) == (None, [])
