"""Searches that find what is meant and no more, and the index with what changed."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.crm.amocrm import AmoCrm
from bridge.domain.entities import EntityKind
from bridge.domain.ports import CrmRefused, Search
from tests.crm.amocrm.conftest import Connect
from tests.crm.contract import made
from tests.portals.amocrm import Portal


@pytest.mark.proves("S0-11", "S3-05")
async def test_a_number_within_another_text_is_no_match(crm: AmoCrm, portal: Portal) -> None:
    portal.add("contacts", "+79031112233", name="was 9161234567")
    portal.add("contacts", "+4479161234567", name="abroad")
    assert (await crm.lookup(made.CLIENT), portal.received("GET contacts")) == ([], 1)


NUMBERS = ("8 (916) 123-45-67", "+7 903 111-22-33", "495 100-00-01 доб. 5")


@pytest.mark.proves("S3-05")
@pytest.mark.parametrize("phone", [made.CLIENT, made.STRANGER, made.OFFICE])
async def test_a_contact_with_several_numbers_is_known_by_each(
    crm: AmoCrm, portal: Portal, phone: str
) -> None:
    field = {"field_code": "PHONE", "values": [{"value": each} for each in NUMBERS]}
    id = portal.add("contacts", name="Anna", custom_fields_values=[field])
    portal.add("contacts", made.DID, name="another")
    (match,) = await crm.lookup(phone)
    page = await crm.phones(None)
    kept = {each for each, found in page.phones if found.entity.id == str(id)}
    assert (match.entity.id, kept) == (str(id), {made.CLIENT, made.STRANGER, made.OFFICE})


@pytest.mark.proves("S1-13")
async def test_only_open_deals_that_are_there_are_told(crm: AmoCrm, portal: Portal) -> None:
    contact = portal.add("contacts", made.CLIENT)
    of = {"_embedded": {"contacts": [{"id": contact}]}}
    deals = [portal.add("leads", name="x", status_id=status, **of) for status in (142, 143)]
    gone, open_one = (portal.add("leads", name="x", **of) for _ in range(2))
    portal.delete("leads", gone)
    (match,) = await crm.lookup(made.CLIENT)
    assert ([deal.id for deal in match.open_deals], len(deals)) == ([str(open_one)], 2)


async def test_a_lookup_asks_three_times(crm: AmoCrm, portal: Portal) -> None:
    """Contacts and companies side by side, then the deals of both."""
    contact = portal.add("contacts", made.CLIENT)
    portal.add("leads", name="x", _embedded={"contacts": [{"id": contact}]})
    await crm.lookup(made.CLIENT)
    before = len(portal.requests)
    await crm.lookup(made.CLIENT)
    assert len(portal.requests) - before == 3


async def test_an_account_without_filters_shows_the_deals_of_a_client_all_the_same(
    connect: Connect, portal: Portal
) -> None:
    portal.state.filters = False
    contact = portal.add("contacts", made.CLIENT)
    deal = portal.add("leads", name="x", _embedded={"contacts": [{"id": contact}]})
    portal.add("leads", name="another's")
    (match,) = await connect().lookup(made.CLIENT)
    assert [each.id for each in match.open_deals] == [str(deal)]


@pytest.mark.proves("S3-13")
async def test_a_stage_of_every_pipeline_is_asked_for_in_each(crm: AmoCrm, portal: Portal) -> None:
    other = portal.add_pipeline("Service", "New")
    lost = {
        str(portal.add("leads", name="x", pipeline_id=pipeline, status_id=143))
        for pipeline in (portal.pipeline, other)
    }
    portal.add("leads", name="x")
    assert {deal.id for deal in await crm.find_deals(Search(stage="143"))} == lost


@pytest.mark.parametrize(
    "query", [Search(inn="7707083893"), Search(requisite="770701001")], ids=["inn", "requisite"]
)
async def test_what_no_field_holds_is_told_with_the_setting(
    connect: Connect, portal: Portal, query: Search
) -> None:
    portal.add("companies", name="7707083893 770701001")
    with pytest.raises(CrmRefused, match=r"fields\.company"):
        await connect(fields={}).find_companies(query)


async def test_a_client_is_read_once_however_many_pages_there_are(
    crm: AmoCrm, portal: Portal
) -> None:
    for number in range(251):
        portal.add("contacts", f"+7903000{number:04}")
    first = await crm.phones(None)
    assert first.next is not None
    second = await crm.phones(first.next)
    assert (len(first.phones), len(second.phones), second.next) == (250, 1, "company:1")


@pytest.mark.parametrize("page", ["deal:1", "contact:x", "contact"])
async def test_a_page_of_another_crm_is_refused(crm: AmoCrm, page: str) -> None:
    with pytest.raises(CrmRefused, match="begin anew"):
        await crm.phones(page)


async def test_a_request_of_a_stranger_stands_in_the_index_while_it_is_open(
    crm: AmoCrm, portal: Portal
) -> None:
    id = made.made(await crm.create_lead(made.lead(), made.key()))
    page = await crm.phones(None)
    ((phone, match),) = page.phones
    portal.clock.move(60)
    made.made(await crm.update_lead(id, {"closed": "true"}))
    changed = [each async for each in crm.changes(page.since)]
    assert (phone, match.entity.kind, [(each.phone, each.matches) for each in changed]) == (
        made.STRANGER,
        EntityKind.LEAD,
        [(made.STRANGER, ())],
    )


# Webhooks
def told(kind: str, what: str, id: int) -> bytes:
    """As the account posts it."""
    branch = "leads" if kind == "lead" else "contacts"
    row = {"id": str(id), "type": kind}
    pairs = {f"{branch}[{what}][0][{name}]": value for name, value in row.items()}
    return urlencode({**pairs, "account[subdomain]": "acme"}).encode()


@pytest.mark.parametrize("digits", [19, 5000])
async def test_an_id_that_nothing_has_is_not_asked_for(
    crm: AmoCrm, portal: Portal, digits: int
) -> None:
    """Webhooks of the account are not signed: what anybody posts must not stop the index."""
    id = portal.add("contacts", made.CLIENT)
    since = (await crm.phones(None)).since
    await crm.hooked({}, urlencode({"contacts[update][0][id]": "9" * digits}).encode())
    portal.delete("contacts", id)
    await crm.hooked({}, told("contact", "delete", id))
    assert [each.matches async for each in crm.changes(since)] == [()]


@pytest.mark.parametrize(("kind", "plural"), [("contact", "contacts"), ("company", "companies")])
async def test_a_deleted_client_is_told_of_by_a_webhook(
    crm: AmoCrm, portal: Portal, kind: str, plural: str
) -> None:
    id = portal.add(plural, made.CLIENT)
    page = "contact:1" if kind == "contact" else "company:1"
    since = (await crm.phones(page)).since
    portal.delete(plural, id)
    assert await crm.hooked({}, told(kind, "delete", id)) == ()
    changed = [each async for each in crm.changes(since)]
    assert [(each.phone, each.matches) for each in changed] == [(made.CLIENT, ())]


async def test_what_a_webhook_named_is_not_lost_when_the_account_does_not_answer(
    crm: AmoCrm, portal: Portal
) -> None:
    id = portal.add("contacts", made.CLIENT)
    since = (await crm.phones(None)).since
    portal.delete("contacts", id)
    await crm.hooked({}, told("contact", "delete", id))
    portal.fault("server_error", "GET contacts")
    with pytest.raises(Exception, match="HTTP 500"):
        [each async for each in crm.changes(since)]
    assert [each.phone async for each in crm.changes(since)] == [made.CLIENT]


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[]", b"contacts=1", b"contacts[update]=1", b"x" * 9999]
)
async def test_what_cannot_be_read_asks_for_nothing(crm: AmoCrm, body: bytes) -> None:
    assert await crm.hooked({}, body) == ()


async def test_the_account_itself_tells_our_address(crm: AmoCrm, portal: Portal) -> None:
    async def take(request: web.Request) -> web.Response:
        await crm.hooked(request.headers, await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/hooks/amocrm", take)
    id = portal.add("contacts", made.CLIENT)
    since = (await crm.phones(None)).since
    async with TestServer(app) as server:
        portal.state.webhooks["x"] = {
            "destination": str(server.make_url("/hooks/amocrm")),
            "settings": ["delete_contact"],
        }
        portal.delete("contacts", id)
        await portal.until(lambda: len(portal.told) == 1)
    assert [each.phone async for each in crm.changes(since)] == [made.CLIENT]
