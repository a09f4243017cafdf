"""One note on each card for one call on the PBX, whatever is repeated, lost or restarted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.crm.amocrm import AmoCrm
from bridge.crm.amocrm.calls import Calls
from bridge.domain.causes import Cause
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.record import CallRecord, Client, Direction, Disposition, MissedReason
from tests.crm.amocrm.conftest import Connect
from tests.crm.contract import made
from tests.portals.amocrm import Portal

LINK = "https://calls.example/shared/pbx-1/r1.mp3?until=1"


def log_key(record: CallRecord) -> str:
    return f"crm/{record.call_id}/log_call/call"


@pytest.fixture
def contact(portal: Portal, connect: Connect) -> EntityRef:
    """After Anna and Boris are there."""
    return EntityRef(EntityKind.CONTACT, str(portal.add("contacts", made.CLIENT, name="Иван")))


def params(portal: Portal) -> dict[str, Any]:
    """Of the one note that there is."""
    (note,) = portal.calls()
    found: dict[str, Any] = note["params"]
    return found


# Where a call goes
@pytest.mark.proves("S3-17", "S1-20")
async def test_the_account_chooses_the_card_of_a_call_that_is_on_nothing(
    crm: AmoCrm, portal: Portal, contact: EntityRef
) -> None:
    lead = portal.add("leads", name="x", _embedded={"contacts": [{"id": int(contact.id)}]})
    made.made(await crm.log_call(made.call(), None, (), made.key()))
    (note,) = portal.calls()
    assert ((note["_kind"], note["entity_id"]), portal.received("POST calls")) == (
        ("leads", lead),
        1,
    )


async def test_the_account_may_choose_a_customer(
    crm: AmoCrm, portal: Portal, contact: EntityRef
) -> None:
    def chosen(answer: Any) -> Any:
        calls = answer.get("_embedded", {}).get("calls")
        for call in calls or ():
            call |= {"entity_type": "customer", "entity_id": 71}
        return answer

    portal.bend = chosen
    record = made.call()
    logged = made.made(await crm.log_call(record, None, (), made.key()))
    assert logged == f"customers/71;{record.call_id}"


@pytest.mark.parametrize("number", [made.STRANGER, None])
async def test_a_call_of_nobody_there_leaves_no_trace(
    crm: AmoCrm, portal: Portal, number: str | None
) -> None:
    made.made(await crm.log_call(made.call(number), None, (), made.key()))
    assert (portal.calls(), portal.received("POST calls")) == ([], 0)


async def test_a_contact_that_goes_just_then_is_no_trouble(
    crm: AmoCrm, portal: Portal, contact: EntityRef
) -> None:
    portal.limiter.take = lambda: portal.contacts[int(contact.id)].update(  # type: ignore[method-assign]
        is_deleted=portal.received("GET contacts/{id}/notes") > 0
    )
    outcome = await crm.log_call(made.call(), None, (), made.key())
    assert (outcome.verdict, portal.calls()) == (Verdict.ACCEPTED, [])


async def test_a_call_of_a_lead_and_a_deal_that_are_one_there_is_noted_once(
    crm: AmoCrm, portal: Portal
) -> None:
    id = str(portal.add("leads", name="x"))
    entities = (EntityRef(EntityKind.LEAD, id), EntityRef(EntityKind.DEAL, id))
    made.made(await crm.log_call(made.call(), None, entities, made.key()))
    assert len(portal.calls()) == 1


async def test_an_entity_that_is_gone_stops_the_call_before_it_is_written(
    crm: AmoCrm, portal: Portal, contact: EntityRef
) -> None:
    gone = EntityRef(EntityKind.DEAL, "424242")
    outcome = await crm.log_call(made.call(), None, (contact, gone), made.key())
    assert (outcome.verdict, portal.calls()) == (Verdict.REFUSED, [])


# Once
@pytest.mark.proves("S3-17", "S1-30")
@pytest.mark.parametrize("request_", ["POST contacts/notes", "POST leads/notes", "POST calls"])
@pytest.mark.parametrize("applied", [True, False], ids=["done", "not done"])
async def test_what_a_lost_answer_left_undone_is_completed_after_a_restart(
    connect: Connect, portal: Portal, contact: EntityRef, request_: str, applied: bool
) -> None:
    deal = portal.add("leads", name="x", _embedded={"contacts": [{"id": int(contact.id)}]})
    both = (contact, EntityRef(EntityKind.DEAL, str(deal)))
    entities = () if request_ == "POST calls" else both
    record = made.call()
    portal.fault("cut", request_, applied=applied)
    first = await connect().log_call(record, None, entities, log_key(record))
    after = connect()
    assert (first.verdict, await after.find(log_key(record))) == (Verdict.UNCLEAR, None)
    made.made(await after.log_call(record, None, entities, log_key(record)))
    assert len(portal.calls(record.call_id)) == (len(entities) or 1)


# What the account is told
@pytest.mark.parametrize(
    ("facts", "status", "seconds"),
    [
        ({}, 4, 55),
        ({"disposition": Disposition.MISSED, "talk_seconds": None}, 6, 0),
        ({"disposition": Disposition.VOICEMAIL, "talk_seconds": 20.0}, 1, 0),
        ({"disposition": Disposition.BUSY}, 7, 0),
        ({"disposition": Disposition.NO_ANSWER}, 6, 0),
        ({"disposition": Disposition.FAILED, "cause": Cause.UNALLOCATED}, 5, 0),
        ({"disposition": Disposition.FAILED, "cause": 111}, 3, 0),
        ({"disposition": None}, None, 0),
    ],
)
async def test_the_end_of_a_call_has_its_status_and_its_talk(
    crm: AmoCrm,
    portal: Portal,
    contact: EntityRef,
    facts: dict[str, Any],
    status: int | None,
    seconds: int,
) -> None:
    made.made(await crm.log_call(replace(made.call(), **facts), None, (contact,), made.key()))
    told = params(portal)
    assert (told.get("call_status"), told["duration"]) == (status, seconds)


@pytest.mark.proves("S0-21", "S1-08")
@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, f"to {made.DID}"),
        ({"direction": Direction.OUTBOUND}, f"from {made.DID}"),
        ({"missed_reason": MissedReason.AFTER_HOURS}, f"to {made.DID}, after_hours"),
        (
            {"labels": (f"did:{made.DID}", "owner", "owner's deputy")},
            f"to {made.DID}, owner > owner's deputy",
        ),
        ({"did": None}, ""),
    ],
)
async def test_the_company_number_stands_beside_the_call(
    crm: AmoCrm, portal: Portal, contact: EntityRef, facts: dict[str, Any], told: str
) -> None:
    made.made(await crm.log_call(replace(made.call(), **facts), None, (contact,), made.key()))
    assert params(portal)["call_result"] == told


@pytest.mark.parametrize(("default", "whose"), [(None, None), (True, "boris")])
async def test_a_call_of_nobody_is_the_default_user_s(
    connect: Connect, portal: Portal, contact: EntityRef, default: bool | None, whose: str | None
) -> None:
    boris = list(portal.state.users)[1]
    crm = connect(default_user=str(boris)) if default else connect()
    made.made(await crm.log_call(made.call(), None, (contact,), made.key()))
    assert params(portal).get("call_responsible") == (boris if whose else None)


@pytest.mark.parametrize("raw", [None, "anonymous", "'; --", "101"])
async def test_a_caller_without_a_number_is_noted_too(
    crm: AmoCrm, portal: Portal, contact: EntityRef, raw: str | None
) -> None:
    record = replace(made.call(), client=Client(raw=raw, withheld=True))
    made.made(await crm.log_call(record, None, (contact,), made.key()))
    assert params(portal)["phone"] == (raw or "hidden")


# Recordings
@pytest.mark.proves("S3-18")
@pytest.mark.parametrize("replaces", [True, False], ids=["whole", "in part"])
async def test_a_recording_is_the_link_of_every_note_and_keeps_the_rest(
    crm: AmoCrm, portal: Portal, contact: EntityRef, replaces: bool
) -> None:
    portal.doubts.patch_replaces_params = replaces
    deal = EntityRef(EntityKind.DEAL, str(portal.add("leads", name="x")))
    call = made.made(await crm.log_call(made.call(), None, (contact, deal), made.key()))
    made.made(await crm.attach_recording(call, made.recording("r1"), LINK, made.key()))
    told = [note["params"] for note in portal.calls()]
    assert [(each["link"], each["duration"]) for each in told] == [(LINK, 55)] * 2


async def test_the_same_recording_with_a_new_signature_is_no_second_one(
    connect: Connect, portal: Portal, contact: EntityRef
) -> None:
    crm = connect()
    call = made.made(await crm.log_call(made.call(), None, (contact,), made.key()))
    for link in (LINK, LINK.replace("until=1", "until=2")):
        made.made(await connect().attach_recording(call, made.recording("r1"), link, made.key()))
    assert (params(portal)["link"][-1], len(portal.state.notes)) == ("2", 1)


@pytest.mark.proves("S3-18")
@pytest.mark.parametrize("kind", ["cut", None])
async def test_a_further_recording_is_a_note_of_its_own_once(
    connect: Connect, portal: Portal, contact: EntityRef, kind: str | None
) -> None:
    call = made.made(await connect().log_call(made.call(), None, (contact,), made.key()))
    made.made(await connect().attach_recording(call, made.recording("r1"), LINK, made.key()))
    if kind:
        portal.fault(kind, "POST contacts/notes", applied=True)
    key = "crm/pbx-1.1/attach_further_recording/r2"
    further = LINK.replace("r1", "r2")
    for _ in range(2):
        await connect().attach_recording(call, made.recording("r2"), further, key)
    (common,) = [row for row in portal.state.notes.values() if row["note_type"] == "common"]
    assert (further in common["params"]["text"], params(portal)["link"]) == (True, LINK)


async def test_a_recording_of_a_call_that_is_nowhere_has_no_place_and_asks_for_nobody(
    crm: AmoCrm, portal: Portal
) -> None:
    call = made.made(await crm.log_call(made.call(made.STRANGER), None, (), made.key()))
    outcome = await crm.attach_recording(call, made.recording("r1"), LINK, made.key())
    assert (outcome.verdict, outcome.result, "stores the number" in outcome.detail) == (
        Verdict.ACCEPTED,
        None,
        True,
    )


async def test_a_file_is_refused_with_what_to_write(
    crm: AmoCrm, portal: Portal, contact: EntityRef, tmp_path: Path
) -> None:
    call = made.made(await crm.log_call(made.call(), None, (contact,), made.key()))
    outcome = await crm.attach_recording(call, made.recording("r1"), tmp_path / "x", made.key())
    assert (outcome.verdict, "recordings: link" in outcome.detail) == (Verdict.REFUSED, True)


# On one more entity
@pytest.mark.proves("S3-19")
async def test_a_call_attached_later_has_the_recording_too(
    crm: AmoCrm, portal: Portal, contact: EntityRef
) -> None:
    deal = EntityRef(EntityKind.DEAL, str(portal.add("leads", name="x")))
    call = made.made(await crm.log_call(made.call(), None, (contact,), made.key()))
    for _ in range(2):
        made.made(await crm.attach_call(call, deal, made.key()))
    made.made(await crm.attach_recording(call, made.recording("r1"), LINK, made.key()))
    assert [(note["_kind"], note["params"]["link"]) for note in portal.calls()] == [
        ("contacts", LINK),
        ("leads", LINK),
    ]


async def test_of_calls_attached_later_the_last_ones_are_remembered(
    crm: AmoCrm, portal: Portal, contact: EntityRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.crm.amocrm.calls._MOST_ATTACHED", 2)
    deal = EntityRef(EntityKind.DEAL, str(portal.add("leads", name="x")))
    noted = crm._calls
    assert isinstance(noted, Calls)
    calls = [replace(made.call(), call_id=f"pbx-{number}.1") for number in (1, 2, 3)]
    logged = [
        made.made(await crm.log_call(call, None, (contact,), log_key(call))) for call in calls
    ]
    for call in logged:
        made.made(await crm.attach_call(call, deal, f"{made.key()}/{call}"))
        known = list(noted._also)
    assert known == ["pbx-2.1", "pbx-3.1"]
    made.made(await crm.attach_recording(logged[2], made.recording("r1"), LINK, made.key()))
    linked = [note["_kind"] for note in portal.calls() if note["params"].get("link") == LINK]
    assert linked == ["contacts", "leads"]
