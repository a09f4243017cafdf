"""Clients, leads, deals and tasks: each made once, with every field where the portal keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.crm.bitrix24.settings import LeadSettings
from bridge.domain.commands import CreateTask, Outcome, Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Search
from tests.crm.bitrix24.conftest import Connect
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal

Make = Callable[[Bitrix24, str], Awaitable[Outcome]]

# What is made → how, and the method that makes it.
MADE: dict[str, tuple[Make, str]] = {
    "contact": (lambda crm, key: crm.create_contact({"name": "Иван"}, key), "crm.contact.add"),
    "company": (lambda crm, key: crm.create_company({"name": "x"}, key), "crm.company.add"),
    "lead": (lambda crm, key: crm.create_lead(made.lead(), key), "crm.lead.add"),
    "deal": (lambda crm, key: crm.create_deal({"title": "x"}, "0", key), "crm.deal.add"),
    "task": (
        lambda crm, key: crm.create_task(CreateTask(title="x", owner="1"), None, key),
        "tasks.task.add",
    ),
}


def held(portal: Portal, what: str) -> dict[int, Any]:
    return portal.state.tasks if what == "task" else portal.state.entities[what]


@pytest.mark.proves("S3-06", "S3-10", "S3-14", "S1-06")
@pytest.mark.parametrize("what", sorted(MADE))
@pytest.mark.parametrize("kind", ["slow", "cut", "html", "empty"])
@pytest.mark.parametrize("applied", [True, False], ids=["done", "not done"])
async def test_what_had_no_answer_is_found_by_its_key_or_made_after_all(
    connect: Connect, portal: Portal, what: str, kind: str, applied: bool
) -> None:
    make, method = MADE[what]
    key = made.key()
    portal.fault(kind, method, applied=applied)
    assert (await make(connect(), key)).verdict is Verdict.UNCLEAR
    restarted = connect()
    assert (await restarted.find(key) is not None) is applied
    made.made(await make(restarted, key))
    assert len(held(portal, what)) == 1


# Leads
@pytest.mark.proves("S1-08")
async def test_the_dialled_number_goes_where_the_settings_say(
    connect: Connect, portal: Portal
) -> None:
    portal.add_field("lead", "UF_CRM_DID")
    portal.add_source("ADS")
    crm = connect(lead=LeadSettings(did_field="UF_CRM_DID", sources={made.DID: "ADS"}))
    made.made(await crm.create_lead(made.lead(), made.key()))
    (lead,) = portal.leads.values()
    assert (lead["UF_CRM_DID"], lead["SOURCE_ID"]) == (made.DID, "ADS")


async def test_a_field_of_the_portal_s_own_may_be_written(crm: Bitrix24, portal: Portal) -> None:
    portal.add_field("lead", "UF_CRM_TOPIC")
    made.made(await crm.create_lead(made.lead(fields={"UF_CRM_TOPIC": "loan"}), made.key()))
    (lead,) = portal.leads.values()
    assert lead["UF_CRM_TOPIC"] == "loan"


@pytest.mark.parametrize("name", ["UF_CRM_TOPIK", "IS_RETURN_CUSTOMER", "ID"])
async def test_a_field_that_is_not_there_or_read_only_is_refused_by_name(
    crm: Bitrix24, portal: Portal, name: str
) -> None:
    outcome = await crm.create_lead(made.lead(fields={name: "Y"}), made.key())
    assert (outcome.verdict, name in outcome.detail, portal.leads) == (Verdict.REFUSED, True, {})


@pytest.mark.proves("S1-16", "S1-17")
async def test_a_repeat_lead_of_a_company_has_the_flag_too(crm: Bitrix24, portal: Portal) -> None:
    company = portal.add("company", made.STRANGER, TITLE="x")
    lead = made.lead(company=str(company), repeat=True)
    id = made.made(await crm.create_lead(lead, made.key()))
    (found,) = await crm.find_leads(Search(id=id))
    assert (found.company, found.repeat) == (str(company), True)


# Contacts and companies
@pytest.mark.proves("S3-07", "S3-21", "S3-22")
async def test_a_form_of_the_contact_centre_changes_whom_it_finds_and_makes_whom_not(
    crm: Bitrix24, portal: Portal
) -> None:
    known = portal.add("contact", made.CLIENT, NAME="Иван")
    for phone in (made.CLIENT, made.STRANGER):
        fields = {"name": "Пётр Сидоров", "phone": phone, "comment": "форма"}
        found = await crm.find_contacts(Search(phone=phone))
        if found:
            made.made(await crm.update_contact(found[0].id, fields))
        else:
            made.made(await crm.create_contact(fields, made.key()))
    assert [(id == known, row["LAST_NAME"]) for id, row in portal.contacts.items()] == [
        (True, "Сидоров"),
        (False, "Сидоров"),
    ]


@pytest.mark.proves("S3-07")
async def test_new_phones_take_the_place_of_the_old_and_what_stays_keeps_its_row(
    crm: Bitrix24, portal: Portal
) -> None:
    id = portal.add("contact", made.CLIENT, NAME="x")
    row = portal.contacts[id]["PHONE"][0]["ID"]
    phones = f"{made.CLIENT}, {made.STRANGER}"
    made.made(await crm.update_contact(str(id), {"phone": phones}))
    made.made(await crm.update_contact(str(id), {"phone": made.CLIENT}))
    assert [each["ID"] for each in portal.contacts[id]["PHONE"]] == [row]


@pytest.mark.proves("S3-10", "S3-27")
@pytest.mark.parametrize("kind", ["slow", "cut", "query_limit", "server_error"])
async def test_requisites_that_failed_are_written_by_the_repeat(
    connect: Connect, portal: Portal, kind: str
) -> None:
    key, fields = made.key(), {"name": "ООО Ромашка", "inn": "7707083893"}
    portal.fault(kind, "crm.requisite.add")
    first = await connect().create_company(fields, key)
    # The pause that the portal asked for is longer than the first one's patience.
    made.made(await connect(timeout=5.0).create_company(fields, key))
    (row,) = portal.state.requisites.values()
    assert (first.verdict, row["RQ_INN"], len(portal.companies)) == (
        Verdict.TRY_LATER,
        "7707083893",
        1,
    )


# Deals
@pytest.mark.proves("S3-31", "S3-35")
async def test_an_application_makes_its_deal_or_changes_the_one_there_is(
    crm: Bitrix24, portal: Portal
) -> None:
    client = str(portal.add("contact", made.CLIENT, NAME="x"))
    for title in ("Заявка", "Заявка, уточнена"):
        found = await crm.contact_deals(Search(phone=made.CLIENT, open_only=True))
        if found:
            made.made(await crm.update_deal(found[0].id, {"title": title}))
        else:
            made.made(await crm.create_deal({"title": title, "contact": client}, "0", made.key()))
    assert [row["TITLE"] for row in portal.deals.values()] == ["Заявка, уточнена"]


@pytest.mark.proves("S3-20", "S3-32")
async def test_a_pipeline_added_meanwhile_is_known_at_once(crm: Bitrix24, portal: Portal) -> None:
    await crm.dictionaries()
    new = str(portal.add_pipeline("Субсидии"))
    id = made.made(await crm.create_deal({"title": "x"}, new, made.key()))
    (deal,) = await crm.find_deals(Search(id=id))
    assert (deal.pipeline, deal.stage) == (new, f"C{new}:NEW")


async def test_dictionaries_are_read_once_in_a_while(crm: Bitrix24, portal: Portal) -> None:
    for minutes in (0, 5, 20):
        portal.clock.move(minutes=minutes)
        await crm.dictionaries()
    assert portal.received("crm.category.list") == 2


# Tasks and notices
async def test_a_task_is_on_the_client_and_for_the_one_named(crm: Bitrix24, portal: Portal) -> None:
    contact = EntityRef(EntityKind.CONTACT, str(portal.add("contact", made.CLIENT, NAME="x")))
    task = CreateTask(title="Перезвонить", owner="2", fields={"comment": "пропущен"})
    made.made(await crm.create_task(task, contact, made.key()))
    (row,) = portal.state.tasks.values()
    assert (row["RESPONSIBLE_ID"], row["UF_CRM_TASK"], row["DESCRIPTION"]) == (
        2,
        [f"C_{contact.id}"],
        "пропущен",
    )


async def test_the_same_notice_is_read_once(crm: Bitrix24, portal: Portal) -> None:
    for _ in range(2):
        made.made(await crm.notify("1", "Пропущенный звонок"))
    assert len(portal.state.notices) == 1
