"""Searches, the index of numbers, people: what is asked of Odoo, and what is believed."""

from __future__ import annotations

import pytest

from bridge.crm.odoo import Odoo
from bridge.domain.entities import EntityKind
from bridge.domain.ports import CrmRefused, CrmUnavailable, Search
from bridge.outbox.users import users_of
from tests.crm.contract import made
from tests.crm.odoo.conftest import Connect
from tests.crm.odoo.gate import Gate
from tests.crm.odoo.harness import OdooHarness
from tests.lab.odoo_rpc import OdooRpc

STORED = (
    "+79161234567",
    "89161234567",
    "79161234567",
    "9161234567",
    "8 (916) 123-45-67",
    "+7 (916) 123-45-67",
    "8-916-123-45-67 доб. 12",
    "+7 916 123 45 67 #5",
)


@pytest.mark.proves("S3-05", "S1-12", "S0-11")
async def test_a_number_is_found_however_it_is_stored_in_whatever_field(
    crm: Odoo, admin: OdooRpc
) -> None:
    second = [{"name": "x", "phone": "+74951112233", "mobile": raw} for raw in STORED]
    ids = admin.call("res.partner", "create", [{"name": "x", "phone": raw} for raw in STORED])
    ids += admin.call("res.partner", "create", second)
    assert [int(match.entity.id) for match in await crm.lookup(made.CLIENT)] == ids


async def test_a_foreign_number_with_the_same_digits_is_another_one(
    crm: Odoo, admin: OdooRpc
) -> None:
    admin.call("res.partner", "create", {"name": "x", "phone": "+49 8916 1234567"})
    assert await crm.lookup(made.CLIENT) == []


async def test_who_works_here_or_was_archived_is_no_client(crm: Odoo, admin: OdooRpc) -> None:
    boris = admin.rows("res.users", ["id", "=", 2], fields=["partner_id"])[0]["partner_id"][0]
    admin.call("res.partner", "write", [boris], {"phone": made.CLIENT})
    try:
        gone = await made.contact(crm)
        admin.call("res.partner", "write", [int(gone)], {"active": False})
        found = [await crm.lookup(made.CLIENT), await crm.find_contacts(Search(phone=made.CLIENT))]
    finally:
        admin.call("res.partner", "write", [boris], {"phone": False})
    assert found == [[], []]


@pytest.mark.proves("S1-13")
async def test_a_company_has_the_deals_of_its_people(crm: Odoo) -> None:
    firm = await made.company(crm)
    person = await made.contact(crm, company=firm)
    deal = await made.deal(crm, "1", contact=person)
    (match,) = await crm.lookup(made.OFFICE)
    (company,) = await crm.find_companies(Search(id=firm))
    (found,) = await crm.company_deals(Search(name="ромашка"))
    assert [each.id for each in (*match.open_deals, *company.deals, found)] == [deal] * 3
    assert (found.contact, found.company) == (person, firm)


async def test_an_opportunity_of_no_customer_counts_as_a_lead(crm: Odoo, admin: OdooRpc) -> None:
    given = {"name": "x", "type": "opportunity", "phone": "8 916 123-45-67", "user_id": 2}
    id = admin.call("crm.lead", "create", given)
    (match,) = await crm.lookup(made.CLIENT)
    assert (match.entity.kind, match.entity.id, match.owner) == (EntityKind.LEAD, str(id), "2")


async def test_a_lookup_of_a_stranger_costs_two_requests(crm: Odoo, gate: Gate) -> None:
    await crm.lookup(made.STRANGER)
    gate.seen.clear()
    await crm.lookup(made.STRANGER)
    assert gate.seen == {("res.partner", "search_read"): 1, ("crm.lead", "search_read"): 1}


async def test_the_fields_of_a_company_s_own_come_along(crm: Odoo) -> None:
    id = await made.contact(crm, x_kpp="gold", function="Director")
    (found,) = await crm.find_contacts(Search(id=id))
    assert found.fields == {"x_kpp": "gold", "function": "Director"}


@pytest.mark.proves("S3-20")
async def test_the_dictionaries_in_the_language_of_the_settings(crm: Odoo) -> None:
    lists = await crm.dictionaries()
    assert list(lists.stages["1"].values()) == ["New", "Qualified", "Proposition", "Won", "Lost"]
    assert {"sources", "lost_reasons", "tags"} == lists.lists.keys()


# The index
async def test_all_numbers_are_read_in_pages(crm: Odoo, admin: OdooRpc) -> None:
    people = [{"name": "x", "phone": f"+7916000{number:04}"} for number in range(510)]
    admin.call("res.partner", "create", people)
    made.made(await crm.create_lead(made.lead(), made.key()))
    seen, page, pages = set(), None, 0
    while pages == 0 or page:
        got = await crm.phones(page)
        seen |= {phone for phone, _ in got.phones}
        page, pages = got.next, pages + 1
    assert (len(seen), pages) == (511, 3)


@pytest.mark.parametrize("page", ["x", "mail.message:1", "res.partner:-1", "res.partner"])
async def test_a_page_of_another_crm_is_refused(crm: Odoo, page: str) -> None:
    with pytest.raises(CrmRefused):
        await crm.phones(page)


async def test_changes_that_a_failure_has_cut_off_are_told_by_the_next_question(
    crm: Odoo, gate: Gate
) -> None:
    since = (await crm.phones(None)).since
    for phone in (made.CLIENT, made.STRANGER):
        await crm.create_contact({"name": "x", "phone": phone}, made.key())
    telling = crm.changes(since)
    first = await anext(telling)
    async with gate.trouble(gate.unavailable, ("res.partner", "search_read")):
        with pytest.raises(CrmUnavailable):
            await anext(telling)
    later = {change.phone async for change in crm.changes(first.cursor)}
    assert {made.CLIENT, made.STRANGER} <= {first.phone, *later}


async def test_who_is_archived_is_told_among_the_changes(crm: Odoo, admin: OdooRpc) -> None:
    id = await made.contact(crm)
    since = (await crm.phones(None)).since
    admin.call("res.partner", "write", [int(id)], {"active": False})
    assert [(each.phone, each.matches) async for each in crm.changes(since)] == [(made.CLIENT, ())]


# People
async def test_a_partial_answer_never_wipes_who_is_whom(crm: Odoo, gate: Gate) -> None:
    before = await users_of(crm, {"900": "9"}, {})
    async with gate.trouble(gate.unavailable, ("res.users", "search_read")):
        after = await users_of(crm, {"900": "9"}, before)
    assert (after, before["202"]) == (before, OdooHarness.boris)


async def test_without_the_field_of_extensions_users_have_none(connect: Connect) -> None:
    users = await connect(extension_field="x_no_such").users()
    assert {user.extensions for user in users} == {()}
