"""Duplicates by phone, contacts of companies and deals, requisites, dictionaries, employees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

PHONE = "+79161234567"


async def duplicates(ask: Asking, *values: str, **given: Any) -> Any:
    full = {"type": "PHONE", "values": list(values), **given}
    return (await ask("crm.duplicate.findbycomm", **full)).result


@pytest.mark.parametrize(
    ("stored", "asked", "found"),
    [
        ("+7 (916) 123-45-67", "79161234567", True),
        ("8 (916) 123-45-67", "89161234567", True),
        ("8 (916) 123-45-67", "+79161234567", False),  # each way of writing must be asked for
        ("+79161234567;12", PHONE, True),
        ("+79161234568", PHONE, False),
    ],
)
async def test_duplicates_are_compared_digit_by_digit(
    portal: Portal, ask: Asking, stored: str, asked: str, found: bool
) -> None:
    contact = portal.add("contact", stored)
    assert await duplicates(ask, asked) == ({"CONTACT": [contact]} if found else [])


async def test_duplicates_of_every_kind_or_of_one(portal: Portal, ask: Asking) -> None:
    lead, contact = portal.add("lead", PHONE), portal.add("contact", PHONE)
    assert await duplicates(ask, PHONE) == {"LEAD": [lead], "CONTACT": [contact]}
    assert await duplicates(ask, PHONE, entity_type="CONTACT") == {"CONTACT": [contact]}
    assert await duplicates(ask, PHONE, entity_type="COMPANY") == []


async def test_twenty_of_one_kind_hide_the_following_kinds(portal: Portal, ask: Asking) -> None:
    leads = [portal.add("lead", PHONE) for _ in range(21)]
    portal.add("contact", PHONE)
    assert await duplicates(ask, PHONE) == {"LEAD": leads[:20]}


async def test_duplicates_put_the_text_into_the_code(ask: Asking) -> None:
    answer = await ask("crm.duplicate.findbycomm", type="TELEPHONE", values=[PHONE])
    assert answer.error == (400, "Communication type is not defined", "")


async def test_who_belongs_to_whom(portal: Portal, ask: Asking) -> None:
    company = portal.add("company", TITLE="Romashka")
    first = portal.add("contact", COMPANY_ID=company)
    second = portal.add("contact")
    deal = portal.add("deal", CONTACT_IDS=[first, second])

    def row(name: str, id: int, sort: int) -> dict[str, Any]:
        primary = "Y" if sort == 10 else "N"
        return {name: id, "SORT": sort, "ROLE_ID": 0, "IS_PRIMARY": primary}

    of_deal = await ask("crm.deal.contact.items.get", id=deal)
    of_contact = await ask("crm.contact.company.items.get", id=first)
    of_company = await ask("crm.company.contact.items.get", id=company)
    assert of_deal.result == [row("CONTACT_ID", first, 10), row("CONTACT_ID", second, 20)]
    assert of_contact.result == [row("COMPANY_ID", company, 10)]
    assert of_company.result == [row("CONTACT_ID", first, 10)]


async def requisite(ask: Asking, company: int, **more: Any) -> Any:
    fields = {"ENTITY_TYPE_ID": 4, "ENTITY_ID": company, "PRESET_ID": 1, "NAME": "Main", **more}
    answer = await ask("crm.requisite.add", fields=fields)
    return answer.result if answer.status == 200 else answer.error


async def test_a_company_is_found_by_inn(portal: Portal, ask: Asking) -> None:
    company = portal.add("company", TITLE="Romashka")
    id = await requisite(ask, company, RQ_INN="7701234567", RQ_KPP="770101001")
    given = {"filter": {"RQ_INN": "7701234567", "ENTITY_TYPE_ID": 4}}
    select = ["ENTITY_TYPE_ID", "ENTITY_ID", "ID", "NAME", "RQ_INN"]
    answer = await ask("crm.requisite.list", **given, select=select)
    assert answer.result == [
        {
            "ENTITY_TYPE_ID": "4",
            "ENTITY_ID": str(company),
            "ID": str(id),
            "NAME": "Main",
            "RQ_INN": "7701234567",
        }
    ]


async def test_a_requisite_is_read_and_changed(portal: Portal, ask: Asking) -> None:
    id = await requisite(ask, portal.add("company", TITLE="Romashka"), RQ_INN="7701234567")
    assert (await ask("crm.requisite.update", id=id, fields={"RQ_KPP": "1"})).result is True
    row = (await ask("crm.requisite.get", id=id)).result
    assert (row["RQ_INN"], row["RQ_KPP"]) == ("7701234567", "1")
    presets = (await ask("crm.requisite.preset.list")).result
    assert [row["ID"] for row in presets] == ["1", "2", "3"]


async def test_errors_of_requisites_have_the_integer_nought(portal: Portal, ask: Asking) -> None:
    assert (await requisite(ask, 999))[:2] == (400, 0)
    answer = await ask("crm.requisite.list", filter={"INN": "1"})
    assert answer.error == (400, 0, "Unknown field INN of a requisite")


async def test_pipelines_and_their_stages(portal: Portal, ask: Asking) -> None:
    portal.add_pipeline("Subsidies")
    answer = await ask("crm.category.list", entityTypeId=2)
    first, second = answer.result["categories"]
    assert (first["id"], first["isDefault"]) == (0, "Y")
    assert (second["id"], second["name"], answer.body["total"]) == (1, "Subsidies", 2)
    rows = (await ask("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"})).result
    assert [(row["STATUS_ID"], row["SEMANTICS"]) for row in rows] == [
        ("C1:NEW", None),
        ("C1:PREPARATION", None),
        ("C1:EXECUTING", None),
        ("C1:WON", "S"),
        ("C1:LOSE", "F"),
    ]


async def test_stages_of_leads_and_sources(portal: Portal, ask: Asking) -> None:
    stages = (await ask("crm.status.list", filter={"ENTITY_ID": "STATUS"})).result
    names = [row["STATUS_ID"] for row in stages]
    assert names == ["NEW", "IN_PROCESS", "PROCESSED", "CONVERTED", "JUNK"]
    assert stages[0]["EXTRA"] == {"SEMANTICS": "process"}
    assert isinstance(stages[0]["ID"], str)
    portal.add_source("SITE")
    sources = (await ask("crm.status.list", filter={"ENTITY_ID": "SOURCE"})).result
    assert {"CALL", "CALLBACK", "SITE"} <= {row["STATUS_ID"] for row in sources}


async def test_employees_with_and_without_extension(portal: Portal, ask: Asking) -> None:
    anna = portal.add_user("101", "Anna", last_name="Sidorova", email="a@acme.example")
    boris = portal.add_user(None, "Boris")
    portal.add_user("103", "Gone", active=False)
    given = {"FILTER": {"ACTIVE": True, "USER_TYPE": "employee", "!ID": 1}}
    answer = await ask("user.get", **given)
    first, second = answer.result
    assert first == {
        "ID": str(anna.id),
        "ACTIVE": True,
        "NAME": "Anna",
        "LAST_NAME": "Sidorova",
        "SECOND_NAME": "",
        "EMAIL": "a@acme.example",
        "TIME_ZONE": "",
        "IS_ONLINE": "Y",
        "PERSONAL_MOBILE": "",
        "WORK_PHONE": "",
        "WORK_POSITION": "",
        "UF_DEPARTMENT": [1],
        "UF_PHONE_INNER": "101",
        "USER_TYPE": "employee",
    }
    assert (second["ID"], "UF_PHONE_INNER" in second) == (str(boris.id), False)


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ({"UF_PHONE_INNER": "101"}, ["Anna"]),
        ({"@UF_PHONE_INNER": ["101", "102"]}, ["Anna", "Boris"]),
        ({"%NAME": "bor"}, ["Boris"]),
        ({"ID": 999}, []),
    ],
)
async def test_employees_are_filtered(
    portal: Portal, ask: Asking, filter: dict[str, Any], names: list[str]
) -> None:
    portal.add_user("101", "Anna")
    portal.add_user("102", "Boris")
    assert [row["NAME"] for row in (await ask("user.get", FILTER=filter)).result] == names


async def test_an_extension_of_two_is_the_active_ones_with_the_lowest_id(portal: Portal) -> None:
    portal.add_user("101", "Gone", active=False)
    anna = portal.add_user("101", "Anna")
    portal.add_user("101", "Boris")
    found = portal.state.extension("101")
    assert (found and found.id) == anna.id


async def test_a_user_is_known_by_the_path_of_a_webhook(ask: Asking, anna: User) -> None:
    assert (await ask.webhook("profile")).result["ID"] == "1"
