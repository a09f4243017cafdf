"""Who is it that calls, in one question; and the index of all numbers, kept up to date."""

from __future__ import annotations

from typing import Final

from bridge.crm.suite import checks
from bridge.crm.suite.checks import finding, same
from bridge.crm.suite.stand import LeftOut, Stand, id_of
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Capability, Crm, CrmRefused, Search

CONTACTS: Final = Capability.CONTACTS
COMPANIES: Final = Capability.COMPANIES
LEADS: Final = Capability.LEADS
INDEX: Final = Capability.INDEX


@checks.check("lookup", Capability.LOOKUP)
async def a_number_that_nobody_has_is_nobodys(stand: Stand) -> None:
    same(await stand.crm.lookup(stand.stranger), [])


@checks.check("lookup", Capability.LOOKUP)
async def somebody_who_is_there_is_known(stand: Stand) -> None:
    number = stand.known
    if CONTACTS in stand.capabilities:
        await stand.contact()
        number = stand.client
    elif LEADS in stand.capabilities:
        await stand.lead()
        number = stand.stranger
    if number is None:
        raise LeftOut("nobody is named who is there: --client NUMBER")
    same(bool(await stand.crm.lookup(number)), True, "whether somebody is found")


@checks.check("lookup", CONTACTS)
@checks.proves("S0-12")
async def a_stranger_is_nobody(stand: Stand) -> None:
    await stand.contact()
    same(await stand.crm.lookup(stand.stranger), [])


@checks.check(
    "lookup",
    CONTACTS,
    cases={"as dialled": "{0}", "with an extension": "{1} доб. 5", "without a prefix": "{2}"},
)
@checks.proves("S0-11", "S0-12", "S0-14")
async def a_number_is_known_however_it_was_written(stand: Stand, form: str) -> None:
    ways = (stand.as_dialled(stand.client), stand.client, stand.without_prefix(stand.client))
    id = await stand.contact(phone=form.format(*ways))
    same([each.entity.id for each in await stand.crm.lookup(stand.client)], [id])


@checks.check("lookup", CONTACTS, COMPANIES, Capability.DEALS)
@checks.proves("S1-12", "S1-13")
async def a_match_tells_the_owner_the_company_and_the_open_deals(stand: Stand) -> None:
    firm = await stand.company()
    client = await stand.contact(owner=stand.anna, company=firm)
    open_deal = await stand.deal(contact=client)
    await stand.deal(contact=client, stage=stand.lost_stage)
    (match,) = await stand.crm.lookup(stand.client)
    same(
        (match.owner, match.company, [each.id for each in match.open_deals]),
        (stand.anna, firm, [open_deal]),
    )


@checks.check("lookup", CONTACTS, COMPANIES, LEADS)
async def a_number_stored_everywhere_is_found_everywhere(stand: Stand) -> None:
    stored = [
        EntityRef(EntityKind.CONTACT, await stand.contact()),
        EntityRef(EntityKind.COMPANY, await stand.company(phone=stand.client)),
        EntityRef(EntityKind.LEAD, await stand.lead(phone=stand.client)),
    ]
    same([each.entity for each in await stand.crm.lookup(stand.client)], stored)


@checks.check("lookup", LEADS)
async def a_closed_lead_does_not_make_a_client_known(stand: Stand) -> None:
    id = await stand.lead()
    id_of(await stand.crm.update_lead(id, {"closed": "true"}))
    same(await stand.crm.lookup(stand.stranger), [])


@checks.check(
    "lookup",
    CONTACTS,
    cases={
        "nothing": "",
        "an extension": "100",
        "a word": "anonymous",
        "a quotation mark": "'; --",
        "very many digits": "9" * 500,
    },
)
async def what_is_no_number_is_nobody(stand: Stand, phone: str) -> None:
    same(await stand.crm.lookup(phone), [])


async def _listed(crm: Crm, phones: set[str]) -> list[tuple[str, str]]:
    """Of these phones, each with the id of who stores it, page after page."""
    seen: list[tuple[str, str]] = []
    page = None
    while True:
        got = await crm.phones(page)
        seen += [(phone, match.entity.id) for phone, match in got.phones if phone in phones]
        if (page := got.next) is None:
            return sorted(seen)


@checks.check("phones", CONTACTS, INDEX)
async def the_pages_hold_every_number_once(stand: Stand) -> None:
    first = await stand.contact()
    second = await stand.contact(phone=f"{stand.stranger}, {stand.office}")
    stored = [(stand.client, first), (stand.stranger, second), (stand.office, second)]
    same(await _listed(stand.crm, {phone for phone, _ in stored}), sorted(stored))


@checks.check("phones", Capability.LOOKUP, INDEX)
async def a_number_of_the_index_is_known_to_the_lookup(stand: Stand) -> None:
    """Of the people who are there, where none can be made."""
    if CONTACTS in stand.capabilities:
        await stand.contact()
    page = None
    while True:
        got = await stand.crm.phones(page)
        for phone, match in got.phones:
            if phone.startswith("+"):
                known = [each.entity for each in await stand.crm.lookup(phone)]
                same(match.entity in known, True, "what the lookup says of a number in the index")
                return
        if (page := got.next) is None:
            raise LeftOut("the index holds no number")


@checks.check("changes", CONTACTS, INDEX)
async def the_changes_complete_the_pages(stand: Stand) -> None:
    client = await stand.contact()
    await stand.contact(phone=stand.office)
    since = (await stand.crm.phones(None)).since
    change = {"phone": stand.stranger, "owner": stand.anna}
    id_of(await stand.crm.update_contact(client, change))
    changed = {each.phone: each.matches async for each in stand.crm.changes(since)}
    same(
        {phone: [m.owner for m in matches] for phone, matches in changed.items()},
        {stand.client: [], stand.stranger: [stand.anna]},
    )


@checks.check("changes", CONTACTS, Capability.DEALS, INDEX)
async def a_new_deal_changes_what_its_clients_number_answers(stand: Stand) -> None:
    client = await stand.contact()
    since = (await stand.crm.phones(None)).since
    await stand.deal(contact=client)
    same([each.phone async for each in stand.crm.changes(since)], [stand.client])


@checks.check("changes", CONTACTS, INDEX)
async def changes_go_on_after_their_own_cursor(stand: Stand) -> None:
    since = (await stand.crm.phones(None)).since
    await stand.contact()
    last = [each.cursor async for each in stand.crm.changes(since)][-1]
    same([each.phone async for each in stand.crm.changes(last)], [])


@checks.check("changes", INDEX)
async def a_cursor_of_another_crm_is_refused(stand: Stand) -> None:
    try:
        async for _ in stand.crm.changes("no cursor"):
            break
    except CrmRefused:
        return
    finding("a cursor that this CRM never gave was taken")


@checks.check("lookup", CONTACTS)
async def an_entity_is_found_by_the_id_that_the_lookup_gave(stand: Stand) -> None:
    await stand.contact()
    (match,) = await stand.crm.lookup(stand.client)
    (found,) = await stand.crm.find_contacts(Search(id=match.entity.id))
    same(found.phones, (stand.client,))
