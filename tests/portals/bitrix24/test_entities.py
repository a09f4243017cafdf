"""crm.lead, .contact, .company and .deal, read and written by the older methods."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

PHONE = "+79161234567"


async def listed(ask: Asking, kind: str, **given: Any) -> list[str]:
    answer = await ask(f"crm.{kind}.list", **given)
    return [row["ID"] for row in answer.result]


async def test_a_contact_is_read_with_its_values_as_strings(
    portal: Portal, ask: Asking, anna: User
) -> None:
    company = portal.add("company", TITLE="Romashka")
    id = portal.add(
        "contact", PHONE, NAME="Ivan", COMPANY_ID=company, ASSIGNED_BY_ID=anna.id, TYPE_ID="CLIENT"
    )
    row = (await ask("crm.contact.get", ID=id)).result
    expected = {
        "ID": str(id),
        "NAME": "Ivan",
        "COMPANY_ID": str(company),
        "ASSIGNED_BY_ID": str(anna.id),
        "TYPE_ID": "CLIENT",
        "HAS_PHONE": "Y",
        "DATE_CREATE": "2026-09-21T12:00:00+03:00",
        "ORIGINATOR_ID": None,
        "ORIGIN_ID": None,
        "PHONE": [{"ID": "150", "VALUE_TYPE": "WORK", "VALUE": PHONE, "TYPE_ID": "PHONE"}],
    }
    assert {name: row[name] for name in expected} == expected
    assert "EMAIL" not in row


@pytest.mark.parametrize("kind", ["lead", "contact", "company", "deal"])
async def test_what_does_not_exist_has_an_empty_code(ask: Asking, kind: str) -> None:
    for verb in ("get", "update", "delete"):
        answer = await ask(f"crm.{kind}.{verb}", ID=999999)
        assert answer.error == (400, "", "Not found")


async def test_a_lead_is_added_and_its_id_is_a_number(portal: Portal, ask: Asking) -> None:
    portal.add_field("lead", "UF_CRM_DID")
    fields = {
        "TITLE": "Incoming call",
        "STATUS_ID": "NEW",
        "SOURCE_ID": "CALL",
        "SOURCE_DESCRIPTION": "to 74951234567",
        "PHONE": [{"VALUE": PHONE, "VALUE_TYPE": "WORK"}],
        "ORIGINATOR_ID": "pbx-bridge",
        "ORIGIN_ID": "pbx1-1.2",
        "UF_CRM_DID": "74951234567",
    }
    params = {"REGISTER_SONET_EVENT": "Y"}
    id = (await ask("crm.lead.add", fields=fields, params=params)).result
    row = (await ask("crm.lead.get", id=id)).result
    assert isinstance(id, int)
    assert (row["STATUS_SEMANTIC_ID"], row["UF_CRM_DID"]) == ("P", "74951234567")
    origin = {"ORIGINATOR_ID": "pbx-bridge", "ORIGIN_ID": "pbx1-1.2"}
    assert await listed(ask, "lead", filter=origin) == [str(id)]


async def test_origin_is_a_plain_field_and_keeps_nobody_from_a_second_lead(
    portal: Portal, ask: Asking
) -> None:
    for _ in range(2):
        await ask("crm.lead.add", fields={"ORIGINATOR_ID": "pbx-bridge", "ORIGIN_ID": "1"})
    assert len(portal.leads) == 2


@pytest.mark.parametrize(("repeats", "flag"), [(True, "Y"), (False, "N")])
async def test_a_lead_of_a_known_contact_is_a_repeat_where_the_portal_has_repeats(
    portal: Portal, ask: Asking, repeats: bool, flag: str
) -> None:
    portal.state.repeat_leads = repeats
    contact = portal.add("contact", PHONE)
    id = (await ask("crm.lead.add", fields={"TITLE": "x", "CONTACT_ID": contact})).result
    assert portal.leads[id]["IS_RETURN_CUSTOMER"] == flag


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("lead", {"IS_RETURN_CUSTOMER": "Y"}, "The field IS_RETURN_CUSTOMER is read-only"),
        ("lead", {"TITEL": "x"}, "Unknown field TITEL of a lead"),
        ("lead", {"UF_CRM_DID": "1"}, "Unknown field UF_CRM_DID of a lead"),
        ("lead", {"STATUS_ID": "X"}, "The field STATUS_ID has no value 'X' in the dictionary"),
        ("lead", {"SOURCE_ID": "X"}, "The field SOURCE_ID has no value 'X' in the dictionary"),
        ("lead", {"CONTACT_ID": 5}, "The field CONTACT_ID names no contact: 5"),
        ("lead", {"ASSIGNED_BY_ID": 5}, "The field ASSIGNED_BY_ID names no user: 5"),
        ("lead", {"PHONE": [{"VALUE": "1", "VALUE_TYPE": "X"}]}, "The field PHONE has unknown"),
        ("company", {"COMMENTS": "x"}, 'The field "TITLE" is required.'),
        ("deal", {"CATEGORY_ID": 9}, "The field CATEGORY_ID names no pipeline: 9"),
        ("deal", {"STAGE_ID": "C1:NEW"}, "The field STAGE_ID has no value"),
    ],
)
async def test_what_a_field_cannot_hold_is_refused(
    portal: Portal, ask: Asking, kind: str, fields: dict[str, Any], words: str
) -> None:
    status, code, description = (await ask(f"crm.{kind}.add", fields=fields)).error
    assert (status, code, description.startswith(words)) == (400, "", True), description
    assert portal.state.entities[kind] == {}


async def test_phones_are_added_changed_and_deleted_by_their_id(
    portal: Portal, ask: Asking
) -> None:
    id = portal.add("contact", PHONE)

    async def write(*rows: dict[str, Any]) -> list[str]:
        assert (await ask("crm.contact.update", id=id, fields={"PHONE": rows})).result is True
        return [row["VALUE"] for row in portal.contacts[id]["PHONE"]]

    first = portal.contacts[id]["PHONE"][0]["ID"]
    assert await write({"VALUE": "+7495", "VALUE_TYPE": "HOME"}) == [PHONE, "+7495"]
    assert await write({"ID": str(first), "VALUE": "+7916"}) == ["+7916", "+7495"]
    assert await write({"ID": first, "VALUE": ""}) == ["+7495"]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"NAME": "Ivan"}, "a"),
        ({"=NAME": "Ivan"}, "a"),
        ({"!=NAME": "Ivan"}, "bc"),
        ({"!NAME": "Ivan"}, "bc"),
        ({"%NAME": "a"}, "abc"),
        ({"=%NAME": "I%"}, "ac"),
        ({"@NAME": ["Ivan", "Maria"]}, "ab"),
        ({"NAME": ["Ivan", "Maria"]}, "ab"),
        ({"!@NAME": ["Ivan", "Maria"]}, "c"),
        ({">ID": "{a}"}, "bc"),
        ({">=ID": "{b}", "<ID": "{c}"}, "b"),
        ({"<=ID": "{b}"}, "ab"),
        ({"PHONE": PHONE}, "a"),
        ({"PHONE": "+7 916 123-45-67"}, ""),  # exactly as it is stored, or not at all
        ({"PHONE": "8 (916) 123-45-67"}, "b"),
        ({">=DATE_CREATE": "2026-09-21T09:00:00+00:00"}, "abc"),
        ({"NAME": "Ivan", "PHONE": "1"}, ""),
    ],
)
async def test_lists_are_filtered_by_prefixes(
    portal: Portal, ask: Asking, filter: dict[str, Any], found: str
) -> None:
    ids = {
        "a": portal.add("contact", PHONE, NAME="Ivan"),
        "b": portal.add("contact", "8 (916) 123-45-67", NAME="Maria"),
        "c": portal.add("contact", NAME="Inna"),
    }
    wanted = {
        key: value.format(**ids) if isinstance(value, str) else value
        for key, value in filter.items()
    }
    assert await listed(ask, "contact", filter=wanted) == [str(ids[each]) for each in found]


async def test_without_asking_a_list_has_neither_phones_nor_own_fields(
    portal: Portal, ask: Asking
) -> None:
    portal.add_field("contact", "UF_CRM_CITY")
    portal.add("contact", PHONE, NAME="Ivan", UF_CRM_CITY="Tver")
    (plain,) = (await ask("crm.contact.list")).result
    (full,) = (await ask("crm.contact.list", select=["*", "UF_*", "PHONE"])).result
    assert {"PHONE", "UF_CRM_CITY"} & plain.keys() == set()
    assert (full["PHONE"][0]["VALUE"], full["UF_CRM_CITY"]) == (PHONE, "Tver")
    (short,) = (await ask("crm.contact.list", select=["NAME"])).result
    assert short.keys() == {"ID", "NAME"}


@pytest.mark.parametrize(
    "given", [{"filter": {"NAMEE": "x"}}, {"select": ["NAMEE"]}, {"order": {"NAMEE": "ASC"}}]
)
async def test_a_list_of_unknown_fields_is_refused(ask: Asking, given: dict[str, Any]) -> None:
    words = "Unknown field NAMEE of a contact"
    assert (await ask("crm.contact.list", **given)).error == (400, "", words)


async def test_open_deals_of_a_client_newest_first(portal: Portal, ask: Asking) -> None:
    client, other = portal.add("contact", PHONE), portal.add("contact")
    old = portal.add("deal", TITLE="Pump", CONTACT_ID=client)
    portal.add("deal", TITLE="Won", CONTACT_ID=client, STAGE_ID="WON")
    portal.add("deal", TITLE="Second contact", CONTACT_IDS=[other, client])
    new = portal.add("deal", TITLE="Valve", CONTACT_ID=client)
    given = {"filter": {"CONTACT_ID": client, "CLOSED": "N"}, "order": {"ID": "DESC"}}
    assert await listed(ask, "deal", **given) == [str(new), str(old)]


async def test_a_deal_begins_in_the_first_stage_of_its_pipeline_and_closes_in_a_last_one(
    portal: Portal, ask: Asking
) -> None:
    pipeline = portal.add_pipeline("Subsidies")
    id = (await ask("crm.deal.add", fields={"TITLE": "x", "CATEGORY_ID": pipeline})).result
    deal = portal.deals[id]
    assert (deal["STAGE_ID"], deal["STAGE_SEMANTIC_ID"], deal["CLOSED"]) == ("C1:NEW", "P", "N")
    assert (await ask("crm.deal.update", id=id, fields={"STAGE_ID": "WON"})).status == 400
    await ask("crm.deal.update", id=id, fields={"STAGE_ID": "C1:LOSE"})
    deal = portal.deals[id]
    assert (deal["STAGE_ID"], deal["STAGE_SEMANTIC_ID"], deal["CLOSED"]) == ("C1:LOSE", "F", "Y")


async def test_fields_are_described(portal: Portal, ask: Asking) -> None:
    portal.add_field("lead", "UF_CRM_DID")
    fields = (await ask("crm.lead.fields")).result
    assert (fields["STATUS_ID"]["type"], fields["STATUS_ID"]["statusType"]) == (
        "crm_status",
        "STATUS",
    )
    assert fields["IS_RETURN_CUSTOMER"]["isReadOnly"] is True
    assert (fields["PHONE"]["isMultiple"], fields["UF_CRM_DID"]["isDynamic"]) == (True, True)
    assert (await ask("crm.company.fields")).result["TITLE"]["isRequired"] is True
