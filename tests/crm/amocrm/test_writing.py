"""Clients, leads, deals and tasks: each made once, with every field where the account keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.crm.amocrm import AmoCrm
from bridge.domain.commands import CreateTask, Outcome, Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import CrmRefused, Search
from tests.crm.amocrm.conftest import Connect
from tests.crm.contract import made
from tests.portals.amocrm import Portal

Make = Callable[[AmoCrm, str], Awaitable[Outcome]]

# What is made → how, and the request that makes it.
MADE: dict[str, tuple[Make, str]] = {
    "contacts": (lambda crm, key: crm.create_contact({"name": "Иван"}, key), "POST contacts"),
    "companies": (lambda crm, key: crm.create_company({"name": "x"}, key), "POST companies"),
    "leads": (lambda crm, key: crm.create_lead(made.lead(), key), "POST leads/complex"),
    "deals": (lambda crm, key: crm.create_deal({"title": "x"}, "", key), "POST leads"),
    "tasks": (
        lambda crm, key: crm.create_task(CreateTask(title="x", owner=None), None, key),
        "POST tasks",
    ),
}


def held(portal: Portal, what: str) -> dict[int, Any]:
    if what == "tasks":
        return portal.state.tasks
    return portal.state.entities["leads" if what == "deals" else what]


def tags(portal: Portal) -> set[str]:
    """Of the one lead that there is."""
    (lead,) = portal.leads.values()
    return {tag["name"] for tag in lead["tags"]}


@pytest.mark.proves("S3-06", "S3-10", "S3-14", "S1-06")
@pytest.mark.parametrize("what", sorted(MADE))
@pytest.mark.parametrize("kind", ["cut", "gateway_timeout", "too_many"])
@pytest.mark.parametrize("applied", [True, False], ids=["done", "not done"])
async def test_what_had_no_answer_is_found_by_its_key_or_made_after_all(
    connect: Connect, portal: Portal, what: str, kind: str, applied: bool
) -> None:
    make, request = MADE[what]
    key = made.key()
    portal.fault(kind, request, applied=applied)
    assert (await make(connect(), key)).verdict is Verdict.UNCLEAR
    restarted = connect()
    assert (await restarted.find(key) is not None) is applied
    made.made(await make(restarted, key))
    assert len(held(portal, what)) == 1


async def test_what_the_search_does_not_know_yet_is_found_by_the_filters(
    connect: Connect, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = made.key()
    id = made.made(await connect().create_lead(made.lead(), key))
    monkeypatch.setattr("tests.portals.amocrm.entities._holds", lambda row, wanted: False)
    assert await connect().find(key) == id


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("crm/pbx-1.1/create_lead/lead", "fields.lead.key"),
        ("crm/form-1/upsert/contact", "fields.contact.key"),
        ("crm/form-1/upsert/deal", "fields.lead.key"),
    ],
)
async def test_where_nothing_can_tell_a_person_is_asked(
    connect: Connect, portal: Portal, key: str, word: str
) -> None:
    crm = connect(fields={})
    portal.fault("cut", "POST leads/complex", applied=True)
    await crm.create_lead(made.lead(), key)
    with pytest.raises(CrmRefused, match=word):
        await crm.find(key)


async def test_too_many_tasks_to_look_through_are_no_answer(crm: AmoCrm, portal: Portal) -> None:
    for id in range(1001):
        portal.state.tasks[id] = {"id": id, "text": "x", "created_at": id}
    with pytest.raises(CrmRefused, match="too many"):
        await crm.find("crm/pbx-1.1/create_task/missed")


# Leads
@pytest.mark.proves("S1-08")
async def test_the_dialled_number_is_a_tag_where_no_field_is_named(
    connect: Connect, portal: Portal
) -> None:
    crm = connect(fields={})
    id = made.made(await crm.create_lead(made.lead(), made.key()))
    (found,) = await crm.find_leads(Search(id=id))
    assert (tags(portal), found.fields["did"]) == ({f"DID {made.DID}"}, made.DID)


@pytest.mark.proves("S1-16", "S1-17")
async def test_a_repeat_lead_of_a_company_carries_the_tag(crm: AmoCrm, portal: Portal) -> None:
    company = portal.add("companies", made.STRANGER, name="x")
    lead = made.lead(company=str(company), repeat=True)
    id = made.made(await crm.create_lead(lead, made.key()))
    (found,) = await crm.find_leads(Search(id=id))
    assert (found.company, found.repeat, len(portal.contacts)) == (str(company), True, 0)


@pytest.mark.parametrize(
    ("type", "value", "kept"), [("text", "loan", "loan"), ("checkbox", "yes", True)]
)
async def test_a_field_of_the_account_s_own_may_be_written(
    crm: AmoCrm, portal: Portal, type: str, value: str, kept: object
) -> None:
    field = portal.add_field("leads", "Topic", type)
    made.made(await crm.create_lead(made.lead(fields={str(field): value}), made.key()))
    (lead,) = portal.leads.values()
    values = {each["field_id"]: each["values"][0]["value"] for each in lead["custom_fields_values"]}
    assert values[field] == kept


@pytest.mark.parametrize("name", ["7999", "TOPIC", "PHONE", "key"])
async def test_a_field_that_is_not_there_is_refused_by_name(
    crm: AmoCrm, portal: Portal, name: str
) -> None:
    outcome = await crm.create_lead(made.lead(fields={name: "Y"}), made.key())
    assert (outcome.verdict, name in outcome.detail, portal.leads) == (Verdict.REFUSED, True, {})


async def test_a_field_that_a_deal_does_not_have_is_named_where_leads_have_theirs(
    crm: AmoCrm,
) -> None:
    outcome = await crm.create_deal({"title": "x", "topic": "y"}, "", made.key())
    assert "name more under fields.lead)" in outcome.detail


async def test_a_hostile_caller_name_is_only_a_title(crm: AmoCrm, portal: Portal) -> None:
    made.made(await crm.create_lead(made.lead(title="'); DROP--\r\n\x00<b>"), made.key()))
    (lead,) = portal.leads.values()
    assert lead["name"] == "'); DROP--<b>"


async def test_a_contact_that_is_no_stranger_s_is_left_alone(crm: AmoCrm, portal: Portal) -> None:
    """The rules said that this caller is nobody: a person's contact is not taken for him."""
    portal.add("contacts", made.STRANGER, name="Иван")
    made.made(await crm.create_lead(made.lead(), made.key()))
    assert len(portal.contacts) == 2


# Requests that wait to be accepted
async def test_a_stranger_s_request_waits_to_be_accepted(connect: Connect, portal: Portal) -> None:
    crm = connect(lead={"way": "unsorted"})
    id = made.made(await crm.create_lead(made.lead(), "crm/pbx-1.1/create_lead/lead"))
    (waiting,) = portal.state.unsorted.values()
    assert (waiting["leads"], waiting["metadata"]["from"], waiting["source_name"]) == (
        [int(id)],
        made.STRANGER,
        made.DID,
    )


async def test_the_call_of_a_waiting_request_is_a_note_of_it(
    connect: Connect, portal: Portal
) -> None:
    crm = connect(lead={"way": "unsorted"})
    id = made.made(await crm.create_lead(made.lead(), made.key()))
    lead = EntityRef(EntityKind.LEAD, id)
    made.made(await crm.log_call(made.call(made.STRANGER), None, (lead,), made.key()))
    assert [note["entity_id"] for note in portal.calls()] == [int(id)]


@pytest.mark.parametrize("applied", [True, False])
async def test_a_waiting_request_is_found_by_its_key(
    connect: Connect, portal: Portal, applied: bool
) -> None:
    waits = {"lead": {"way": "unsorted"}}
    key = "crm/pbx-1.1/create_lead/lead"
    portal.fault("cut", "POST leads/unsorted/sip", applied=applied)
    assert (await connect(**waits).create_lead(made.lead(), key)).verdict is Verdict.UNCLEAR
    found = await connect(**waits).find(key)
    made.made(await connect(**waits).create_lead(made.lead(), key))
    assert (found is not None, len(portal.state.unsorted)) == (applied, 1)


async def test_a_request_that_was_accepted_meanwhile_is_found_too(
    connect: Connect, portal: Portal
) -> None:
    waits = {"lead": {"way": "unsorted"}}
    key = "crm/pbx-1.1/create_lead/lead"
    id = made.made(await connect(**waits).create_lead(made.lead(), key))
    portal.state.unsorted.clear()
    assert await connect(**waits).find(key) == id


async def test_a_repeat_request_does_not_wait(connect: Connect, portal: Portal) -> None:
    crm = connect(lead={"way": "unsorted"})
    contact = portal.add("contacts", made.STRANGER)
    made.made(await crm.create_lead(made.lead(contact=str(contact), repeat=True), made.key()))
    assert (portal.state.unsorted, len(portal.leads)) == ({}, 1)


async def test_the_two_numbers_may_be_swapped(connect: Connect, portal: Portal) -> None:
    crm = connect(lead={"way": "unsorted", "swap": True})
    made.made(await crm.create_lead(made.lead(), made.key()))
    (waiting,) = portal.state.unsorted.values()
    assert (waiting["metadata"]["from"], waiting["metadata"]["phone"]) == (made.DID, made.STRANGER)


# Contacts and companies
@pytest.mark.proves("S3-07", "S3-22")
async def test_a_kept_number_keeps_its_kind(crm: AmoCrm, portal: Portal) -> None:
    phones = [{"value": made.CLIENT, "enum_code": "MOB"}, {"value": "1", "enum_code": "FAX"}]
    field = [{"field_code": "PHONE", "values": phones}]
    id = portal.add("contacts", name="Иван", custom_fields_values=field)
    wanted = f"{made.CLIENT}, {made.STRANGER}"
    made.made(await crm.update_contact(str(id), {"phone": wanted}))
    (now,) = portal.contacts[id]["custom_fields_values"]
    assert [(each["value"], each["enum_code"]) for each in now["values"]] == [
        (made.CLIENT, "MOB"),
        (made.STRANGER, "WORK"),
    ]


async def test_a_change_without_an_answer_is_made_again_without_asking(
    connect: Connect, portal: Portal
) -> None:
    id = portal.add("contacts", made.CLIENT, name="Иван")
    portal.fault("cut", "PATCH contacts/{id}", applied=True)
    outcome = await connect(fields={}).update_contact(str(id), {"name": "Пётр"})
    assert outcome.verdict is Verdict.TRY_LATER


@pytest.mark.proves("S3-15", "S3-31")
async def test_a_deal_is_given_a_client_later(crm: AmoCrm, portal: Portal) -> None:
    contact, deal = portal.add("contacts", made.CLIENT), portal.add("leads", name="x")
    made.made(await crm.update_deal(str(deal), {"contact": str(contact), "title": "y"}))
    assert (portal.state.linked(("leads", deal), "contacts"), portal.leads[deal]["name"]) == (
        [contact],
        "y",
    )


# Tasks
async def test_a_task_stands_on_its_entity_until_its_deadline(crm: AmoCrm, portal: Portal) -> None:
    lead = portal.add("leads", name="x")
    fields = {"comment": "перезвонить", "deadline": "2026-09-22T12:00:00+03:00", "type": "2"}
    task = CreateTask(title="Звонок", owner=str(portal.user), fields=fields)
    entity = EntityRef(EntityKind.LEAD, str(lead))
    made.made(await crm.create_task(task, entity, made.key()))
    (made_task,) = portal.state.tasks.values()
    assert (made_task["entity_id"], made_task["complete_till"], made_task["task_type_id"]) == (
        lead,
        1790067600,
        2,
    )
    assert made_task["text"].startswith("Звонок #")


@pytest.mark.parametrize("fields", [{"deadline": "soon"}, {"priority": "1"}, {"type": "call"}])
async def test_a_wrong_task_is_refused(crm: AmoCrm, portal: Portal, fields: dict[str, str]) -> None:
    outcome = await crm.create_task(CreateTask(title="x", owner=None, fields=fields), None, "k")
    assert (outcome.verdict, portal.state.tasks) == (Verdict.REFUSED, {})
