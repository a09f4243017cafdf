"""Who is it that calls, in one question; and the index of all numbers, kept up to date."""

from __future__ import annotations

import pytest

from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Capability, Crm, CrmRefused, Search
from tests.crm.contract import made
from tests.crm.contract.harness import Harness

NEEDS = Capability.INDEX


@pytest.mark.proves("S0-12")
async def test_a_stranger_is_nobody(crm: Crm) -> None:
    await made.contact(crm)
    assert await crm.lookup(made.STRANGER) == []


@pytest.mark.proves("S0-11", "S0-12")
@pytest.mark.parametrize("stored", ["8 (916) 123-45-67", "+7 916 1234567 доб. 5", "9161234567"])
async def test_a_number_is_known_however_it_was_written(crm: Crm, stored: str) -> None:
    id = await made.contact(crm, phone=stored)
    assert [each.entity.id for each in await crm.lookup(made.CLIENT)] == [id]


@pytest.mark.proves("S1-12", "S1-13")
async def test_a_match_tells_the_owner_the_company_and_the_open_deals(
    harness: Harness, crm: Crm
) -> None:
    firm = await made.company(crm)
    client = await made.contact(crm, owner=harness.anna, company=firm)
    open_deal = await made.deal(crm, harness.pipeline, contact=client)
    await made.deal(crm, harness.pipeline, contact=client, stage=harness.lost_stage)
    (match,) = await crm.lookup(made.CLIENT)
    assert (match.owner, match.company, [each.id for each in match.open_deals]) == (
        harness.anna,
        firm,
        [open_deal],
    )


async def test_a_number_stored_everywhere_is_found_everywhere(crm: Crm) -> None:
    expected = [
        EntityRef(EntityKind.CONTACT, await made.contact(crm)),
        EntityRef(EntityKind.COMPANY, await made.company(crm, phone=made.CLIENT)),
        EntityRef(
            EntityKind.LEAD,
            made.made(await crm.create_lead(made.lead(phone=made.CLIENT), made.key())),
        ),
    ]
    assert [each.entity for each in await crm.lookup(made.CLIENT)] == expected


async def test_a_closed_lead_does_not_make_a_client_known(crm: Crm) -> None:
    id = made.made(await crm.create_lead(made.lead(), made.key()))
    made.made(await crm.update_lead(id, {"closed": "true"}))
    assert await crm.lookup(made.STRANGER) == []


@pytest.mark.parametrize("phone", ["", "100", "anonymous", "'; --", "9" * 500])
async def test_what_is_no_number_is_nobody(crm: Crm, phone: str) -> None:
    assert await crm.lookup(phone) == []


async def test_the_pages_hold_every_number_once(crm: Crm) -> None:
    first = await made.contact(crm)
    second = await made.contact(crm, phone=f"{made.STRANGER}, {made.OFFICE}")
    seen, page = [], None
    while True:
        got = await crm.phones(page)
        seen += [(phone, match.entity.id) for phone, match in got.phones]
        if (page := got.next) is None:
            break
    assert sorted(seen) == sorted(
        [(made.CLIENT, first), (made.STRANGER, second), (made.OFFICE, second)]
    )


async def test_the_changes_complete_the_pages(harness: Harness, crm: Crm) -> None:
    client = await made.contact(crm)
    await made.contact(crm, phone=made.OFFICE)
    since = (await crm.phones(None)).since
    made.made(await crm.update_contact(client, {"phone": made.STRANGER, "owner": harness.anna}))
    changed = {each.phone: each.matches async for each in crm.changes(since)}
    assert {phone: [m.owner for m in matches] for phone, matches in changed.items()} == {
        made.CLIENT: [],
        made.STRANGER: [harness.anna],
    }


async def test_a_new_deal_changes_what_its_client_s_number_answers(
    harness: Harness, crm: Crm
) -> None:
    client = await made.contact(crm)
    since = (await crm.phones(None)).since
    await made.deal(crm, harness.pipeline, contact=client)
    assert [each.phone async for each in crm.changes(since)] == [made.CLIENT]


async def test_changes_go_on_after_their_own_cursor(crm: Crm) -> None:
    since = (await crm.phones(None)).since
    await made.contact(crm)
    last = [each.cursor async for each in crm.changes(since)][-1]
    assert [each async for each in crm.changes(last)] == []


async def test_a_cursor_of_another_crm_is_refused(crm: Crm) -> None:
    with pytest.raises(CrmRefused):
        [each async for each in crm.changes("no cursor")]


async def test_an_entity_is_found_by_the_id_that_the_lookup_gave(crm: Crm) -> None:
    await made.contact(crm)
    (match,) = await crm.lookup(made.CLIENT)
    (found,) = await crm.find_contacts(Search(id=match.entity.id))
    assert found.phones == (made.CLIENT,)
