"""Searches, the index of numbers, people: what is asked of the portal, and what is believed."""

from __future__ import annotations

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.ports import CrmRefused, CrmUnavailable, Search
from bridge.outbox.users import users_of
from tests.crm.bitrix24.conftest import Connect
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import User


# Numbers
async def test_changes_that_a_failure_has_cut_off_are_told_by_the_next_question(
    crm: Bitrix24, portal: Portal
) -> None:
    since = (await crm.phones(None)).since
    both = {portal_number(portal, made.CLIENT), portal_number(portal, made.STRANGER)}
    telling = crm.changes(since)
    first = await anext(telling)
    fault = portal.fault("server_error", "crm.duplicate.findbycomm", times=None)
    with pytest.raises(CrmUnavailable):
        await anext(telling)
    fault.lift()
    later = {change.phone async for change in crm.changes(first.cursor)}
    assert {first.phone, *later} == both


def portal_number(portal: Portal, number: str) -> str:
    portal.add("contact", number, NAME="x")
    return number


@pytest.mark.proves("S3-05", "S1-12")
@pytest.mark.parametrize(
    "stored",
    [
        "+79161234567",
        "89161234567",
        "79161234567",
        "9161234567",
        "8 (916) 123-45-67",
        "+7 (916) 123-45-67",
        "8-916-123-45-67 доб. 12",
        "+7 916 123 45 67 #5",
    ],
)
async def test_a_number_is_found_however_it_is_stored(
    crm: Bitrix24, portal: Portal, stored: str
) -> None:
    id = portal.add("contact", stored, NAME="x")
    assert [match.entity.id for match in await crm.lookup(made.CLIENT)] == [str(id)]


async def test_a_foreign_number_with_the_same_digits_is_another_one(
    crm: Bitrix24, portal: Portal
) -> None:
    portal.add("contact", "+49 8916 1234567", NAME="x")
    assert await crm.lookup(made.CLIENT) == []


async def test_a_lookup_costs_two_requests_and_one_for_a_stranger(
    crm: Bitrix24, portal: Portal
) -> None:
    await crm.lookup(made.STRANGER)
    portal.add("contact", made.CLIENT, NAME="x")
    before = len(portal.requests)
    await crm.lookup(made.STRANGER)
    await crm.lookup(made.CLIENT)
    assert len(portal.requests) - before == 3


@pytest.mark.proves("S1-13")
async def test_a_deal_of_which_the_client_is_the_second_contact_is_found_too(
    crm: Bitrix24, portal: Portal
) -> None:
    second = portal.add("contact", made.CLIENT, NAME="x")
    first = portal.add("contact", made.STRANGER, NAME="y")
    deal = portal.add("deal", TITLE="x", CONTACT_IDS=[first, second])
    (match,) = await crm.lookup(made.CLIENT)
    assert [each.id for each in match.open_deals] == [str(deal)]


async def test_a_portal_that_does_not_search_deals_by_contacts_still_finds_the_first_one_s(
    crm: Bitrix24, portal: Portal
) -> None:
    portal.doubts.deals_by_any_contact = False
    contact = portal.add("contact", made.CLIENT, NAME="x")
    deal = portal.add("deal", TITLE="x", CONTACT_ID=contact)
    (match,) = await crm.lookup(made.CLIENT)
    assert [each.id for each in match.open_deals] == [str(deal)]


# Searches
@pytest.mark.proves("S3-08", "S3-29")
@pytest.mark.parametrize("known", ["id", "email", "phone"])
async def test_the_deals_of_a_contact_in_every_pipeline(
    crm: Bitrix24, portal: Portal, known: str
) -> None:
    other = portal.add_pipeline("Service")
    email = [{"VALUE": "Ivan@Example.org"}]
    contact = portal.add("contact", made.CLIENT, NAME="x", EMAIL=email)
    deals = {
        portal.add("deal", TITLE="x", CONTACT_ID=contact, CATEGORY_ID=each) for each in (0, other)
    }
    asked = {
        "id": Search(id=str(contact)),
        "email": Search(email="ivan@example.org"),
        "phone": Search(phone="8 916 123-45-67"),
    }
    assert {int(each.id) for each in await crm.contact_deals(asked[known])} == deals


@pytest.mark.proves("S3-09", "S3-12", "S3-23", "S3-24", "S3-25", "S3-26", "S3-28", "S3-30")
@pytest.mark.parametrize("known", ["id", "name", "phone", "inn", "requisite"])
async def test_a_company_is_found_with_its_deals(crm: Bitrix24, portal: Portal, known: str) -> None:
    fields = {
        "name": "ООО Ёлочка",
        "phone": made.OFFICE,
        "inn": "7707083893",
        "ogrn": "1027700132195",
    }
    id = made.made(await crm.create_company(fields, made.key()))
    portal.add("company", made.STRANGER, TITLE="ООО Другая")
    deal = portal.add("deal", TITLE="x", COMPANY_ID=int(id))
    asked = {
        "id": Search(id=id),
        "name": Search(name="елочка"),
        "phone": Search(phone="8 495 100-00-01"),
        "inn": Search(inn="7707083893"),
        "requisite": Search(requisite="1027700132195"),
    }
    (company,) = await crm.find_companies(asked[known])
    found = await crm.company_deals(asked[known])
    assert ([each.id for each in company.deals], [each.id for each in found]) == (
        [str(deal)],
        [str(deal)],
    )


async def test_more_than_a_page_is_read_to_the_end(crm: Bitrix24, portal: Portal) -> None:
    contact = portal.add("contact", made.CLIENT, NAME="x")
    for _ in range(120):
        portal.add("deal", TITLE="x", CONTACT_ID=contact)
    assert len(await crm.contact_deals(Search(id=str(contact)))) == 120


@pytest.mark.proves("S3-16", "S3-37")
async def test_the_users_of_a_deal_are_its_owner_and_observers(
    crm: Bitrix24, portal: Portal
) -> None:
    deal = portal.add("deal", TITLE="x", ASSIGNED_BY_ID=2, OBSERVER_IDS=[1])
    users = await crm.deal_users(str(deal))
    assert [(user.id, user.name) for user in users] == [("2", "Борис"), ("1", "Анна")]


# The index
async def test_all_numbers_are_read_in_pages_of_fifty(crm: Bitrix24, portal: Portal) -> None:
    for number in range(60):
        portal.add("contact", f"+7916000{number:04}", NAME="x")
    portal.add("company", made.OFFICE, TITLE="x")
    portal.add("lead", made.STRANGER, TITLE="x")
    seen, page, pages = set(), None, 0
    while pages == 0 or page:
        got = await crm.phones(page)
        seen |= {phone for phone, _ in got.phones}
        page, pages = got.next, pages + 1
    assert (len(seen), pages) == (62, 4)


@pytest.mark.parametrize("page", ["x", "deal:1", "contact:-1", "contact"])
async def test_a_page_of_another_portal_is_refused(crm: Bitrix24, page: str) -> None:
    with pytest.raises(CrmRefused):
        await crm.phones(page)


# People
async def test_of_two_users_with_one_extension_the_first_has_it(
    crm: Bitrix24, portal: Portal
) -> None:
    portal.state.users[7] = User(id=7, name="x", extension="101")
    assert {user.id: user.extensions for user in await crm.users()} == {
        "1": ("101",),
        "2": ("102", "202"),
        "7": (),
    }


async def test_whoever_left_or_has_no_number_takes_no_extension(
    crm: Bitrix24, portal: Portal
) -> None:
    portal.state.users[7] = User(id=7, name="x", extension=None)
    portal.state.users[2].active = False
    users = await crm.users()
    assert {extension for user in users for extension in user.extensions} == {"101"}


async def test_all_users_of_a_big_company_are_read(crm: Bitrix24, portal: Portal) -> None:
    for id in range(10, 780):
        portal.state.users[id] = User(id=id, name="x", extension=str(1000 + id))
    assert len(await crm.users()) == 772


@pytest.mark.parametrize("trouble", ["nobody", "html", "query_limit", "second page"])
async def test_a_partial_answer_never_wipes_who_is_whom(
    crm: Bitrix24, portal: Portal, trouble: str
) -> None:
    before = await users_of(crm, {"900": "9"}, {})
    if trouble == "nobody":
        portal.state.users[1].type = portal.state.users[2].type = "extranet"
    elif trouble == "second page":
        for id in range(10, 80):
            portal.state.users[id] = User(id=id, name="x")
        portal.fault("cut", "user.get", every=2)
    else:
        portal.fault(trouble, "user.get")
    assert (await users_of(crm, {"900": "9"}, before), before["101"]) == (before, "1")


async def test_a_new_extension_is_noticed_without_a_restart(crm: Bitrix24, portal: Portal) -> None:
    before = await users_of(crm, {}, {})
    portal.state.users[2].extension = "305"
    after = await users_of(crm, {}, before)
    assert (before.get("102"), after.get("102"), after.get("305")) == ("2", None, "2")


async def test_users_that_are_not_read_are_a_temporary_failure(
    connect: Connect, portal: Portal
) -> None:
    portal.state.users[1].active = portal.state.users[2].active = False
    with pytest.raises(CrmUnavailable, match="no users"):
        await connect().users()
