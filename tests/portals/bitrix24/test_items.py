"""crm.item: the same entities in camelCase, with integers as integers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

PHONE = "+79161234567"


async def test_a_deal_as_an_item(portal: Portal, ask: Asking, anna: User) -> None:
    contact, company = portal.add("contact", PHONE), portal.add("company", TITLE="Romashka")
    id = portal.add(
        "deal",
        TITLE="Pump",
        CONTACT_ID=contact,
        COMPANY_ID=company,
        ASSIGNED_BY_ID=anna.id,
        STAGE_ID="PREPARATION",
        OBSERVER_IDS=[1],
    )
    answer = await ask("crm.item.list", entityTypeId=2, filter={"id": id})
    (item,) = answer.result["items"]
    expected = {
        "id": id,
        "title": "Pump",
        "stageId": "PREPARATION",
        "categoryId": 0,
        "assignedById": anna.id,
        "contactIds": [contact],
        "companyId": company,
        "closed": "N",
        "isReturnCustomer": "N",
        "isRepeatedApproach": "N",
        "originatorId": None,
        "originId": None,
        "observers": [1],
    }
    assert {name: item[name] for name in expected} == expected
    assert answer.body["total"] == 1


@pytest.mark.parametrize("possible", [True, False])
async def test_deals_of_any_contact_may_be_filtered(
    portal: Portal, ask: Asking, possible: bool
) -> None:
    portal.doubts.deals_by_any_contact = possible
    first, second = portal.add("contact"), portal.add("contact")
    deal = portal.add("deal", CONTACT_IDS=[first, second])
    given = {"entityTypeId": 2, "filter": {"contactIds": second, "closed": "N"}}
    answer = await ask("crm.item.list", **given)
    if possible:
        assert [item["id"] for item in answer.result["items"]] == [deal]
    else:
        words = "Invalid filter: field 'contactIds' is not allowed in filter"
        assert answer.error == (400, "INVALID_ARG_VALUE", words)


@pytest.mark.parametrize(
    ("written", "contacts"),
    [({"contactIds": [2, 1]}, [2, 1]), ({"contactId": 2}, [2]), ({"title": "x"}, [0, 1])],
)
async def test_the_contacts_of_a_deal_are_replaced_as_a_whole(
    portal: Portal, ask: Asking, written: dict[str, Any], contacts: list[int]
) -> None:
    ids = [portal.add("contact") for _ in range(3)]
    deal = portal.add("deal", CONTACT_IDS=ids[:2])
    fields = {
        name: [ids[each] for each in value] if isinstance(value, list) else value
        for name, value in written.items()
    }
    fields |= {"contactId": ids[2]} if "contactId" in written else {}
    await ask("crm.item.update", entityTypeId=2, id=deal, fields=fields)
    assert portal.deals[deal]["CONTACT_IDS"] == [ids[each] for each in contacts]
    assert portal.deals[deal]["CONTACT_ID"] == ids[contacts[0]]


async def test_a_lead_is_added_with_its_phone(portal: Portal, ask: Asking, anna: User) -> None:
    fields = {
        "title": "Call",
        "assignedById": anna.id,
        "sourceId": "CALL",
        "originatorId": "pbx-bridge",
        "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": PHONE}],
    }
    item = (await ask("crm.item.add", entityTypeId=1, fields=fields)).result["item"]
    assert (item["title"], item["stageId"], item["assignedById"]) == ("Call", "NEW", anna.id)
    assert item["fm"] == [{"id": 150, "typeId": "PHONE", "valueType": "WORK", "value": PHONE}]
    assert portal.leads[item["id"]]["PHONE"][0]["VALUE"] == PHONE


async def test_an_item_is_changed_and_deleted(portal: Portal, ask: Asking) -> None:
    id = portal.add("contact", PHONE, NAME="Ivan")
    one = {"entityTypeId": 3, "id": id}
    changed = await ask("crm.item.update", **one, fields={"lastName": "Petrov"})
    assert changed.result["item"]["lastName"] == "Petrov"
    assert (await ask("crm.item.get", **one)).result["item"]["fm"][0]["value"] == PHONE
    assert (await ask("crm.item.delete", **one)).result == []
    assert (await ask("crm.item.get", **one)).error[:2] == (400, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("crm.item.list", {"filter": {"TITLE": "x"}}),
        ("crm.item.list", {"select": ["TITLE"]}),
        ("crm.item.add", {"fields": {"TITLE": "x"}}),
        ("crm.item.add", {"fields": {"isReturnCustomer": "Y"}}),
    ],
)
async def test_names_are_exact(ask: Asking, method: str, given: dict[str, Any]) -> None:
    answer = await ask(method, entityTypeId=1, **given)
    assert answer.error[:2] == (400, "INVALID_ARG_VALUE")


async def test_own_fields_in_camel_case(portal: Portal, ask: Asking) -> None:
    portal.add_field("lead", "UF_CRM_DID")
    fields = {"ufCrmDid": "7495"}
    item = (await ask("crm.item.add", entityTypeId=1, fields=fields)).result["item"]
    assert portal.leads[item["id"]]["UF_CRM_DID"] == "7495"
    known = (await ask("crm.item.fields", entityTypeId=1)).result["fields"]
    assert known["ufCrmDid"]["upperName"] == "UF_CRM_DID"
