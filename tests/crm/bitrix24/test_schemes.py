"""The five schemes end to end: rules, outbox and this connector against a portal.

Each test ends a call of an office with two company numbers and looks at what the portal holds.
"""

from __future__ import annotations

import pytest

from bridge.domain.record import Client, Direction
from tests.crm.bitrix24.office import CLIENT, SALES, SERVICE, Office
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import Call

ANNA, BORIS = 1, 2


def shown_on(portal: Portal, call: Call | None) -> set[tuple[int, int]]:
    """The entities (type, id) whose timeline has the call."""
    assert call is not None
    assert call.finish is not None
    if call.finish.activity is None:
        return set()
    return set(portal.state.activities[call.finish.activity]["bindings"])


# Scheme 1: inbound, unknown
@pytest.mark.proves("S1-06", "S1-07", "S1-08")
@pytest.mark.parametrize("did", [SALES, SERVICE])
async def test_a_stranger_becomes_a_lead_with_both_numbers(
    office: Office, portal: Portal, did: str
) -> None:
    await office.call(did=did)
    (lead,) = portal.leads.values()
    assert ([each["VALUE"] for each in lead["PHONE"]], lead["SOURCE_DESCRIPTION"]) == (
        [CLIENT],
        did,
    )


@pytest.mark.proves("S1-09", "S1-28", "S1-29", "S2-13")
async def test_the_lead_of_a_stranger_has_the_recording(office: Office, portal: Portal) -> None:
    call = await office.call()
    (lead,) = portal.leads
    assert call is not None
    assert (shown_on(portal, call), portal.state.files[call.record or 0][1]) == (
        {(1, lead)},
        b"ID3 a conversation",
    )


@pytest.mark.proves("S1-06")
async def test_a_stranger_who_calls_twice_is_one_lead(office: Office, portal: Portal) -> None:
    for _ in range(2):
        await office.call()
    assert (len(portal.leads), len(portal.calls)) == (1, 2)


@pytest.mark.proves("S3-32", "S3-33")
@pytest.mark.parametrize(("label", "pipeline"), [("service", "1"), ("subsidies", "2")])
async def test_the_number_and_the_topic_choose_where_the_lead_stands(
    office: Office, portal: Portal, label: str, pipeline: str
) -> None:
    await office.call(did=SERVICE, labels=(label,))
    (lead,) = portal.leads.values()
    assert (lead["STATUS_ID"], lead["UF_CRM_PIPELINE"]) == ("IN_PROCESS", pipeline)


# Scheme 2: inbound, known
@pytest.mark.proves("S1-10", "S1-11", "S1-12")
@pytest.mark.parametrize("did", [SALES, SERVICE])
@pytest.mark.parametrize("kind", ["contact", "company", "lead"])
async def test_whoever_stores_the_number_names_the_owner_and_takes_the_call(
    office: Office, portal: Portal, kind: str, did: str
) -> None:
    name = {"NAME" if kind == "contact" else "TITLE": "x"}
    id = portal.add(kind, "8 (916) 123-45-67", ASSIGNED_BY_ID=BORIS, **name)
    (match,) = await office.destination.crm.lookup(CLIENT)
    call = await office.call(did=did)
    number = {"lead": 1, "contact": 3, "company": 4}[kind]
    assert (match.owner, (number, id) in shown_on(portal, call)) == (str(BORIS), True)


@pytest.mark.proves("S1-13", "S1-14", "S1-15", "S1-30")
@pytest.mark.parametrize("kind", ["contact", "company"])
async def test_an_open_deal_takes_the_call_too_and_no_lead_is_made(
    office: Office, portal: Portal, kind: str
) -> None:
    id = portal.add(kind, CLIENT, **({"TITLE": "x"} if kind == "company" else {"NAME": "x"}))
    owner = {f"{kind.upper()}_ID": id}
    portal.add("deal", TITLE="lost", STAGE_ID="LOSE", **owner)
    deal = portal.add("deal", TITLE="open", **owner)
    call = await office.call()
    assert call is not None
    assert (shown_on(portal, call), portal.leads, bool(call.record)) == (
        {({"contact": 3, "company": 4}[kind], id), (2, deal)},
        {},
        True,
    )


@pytest.mark.proves("S1-16", "S1-17")
async def test_a_client_without_an_open_deal_makes_a_repeat_lead(
    office: Office, portal: Portal
) -> None:
    contact = portal.add("contact", CLIENT, NAME="Иван")
    call = await office.call()
    ((id, lead),) = portal.leads.items()
    assert (lead["CONTACT_ID"], lead["IS_RETURN_CUSTOMER"], shown_on(portal, call)) == (
        contact,
        "Y",
        {(3, contact), (1, id)},
    )


# Schemes 3 and 4: outbound
@pytest.mark.proves("S1-18", "S1-19", "S1-22", "S1-28")
async def test_a_call_to_a_stranger_is_only_in_the_list(office: Office, portal: Portal) -> None:
    call = await office.call(Direction.OUTBOUND)
    assert call is not None
    assert (call.type, bool(call.record), portal.leads, portal.contacts) == (1, True, {}, {})


@pytest.mark.proves("S1-20", "S1-21", "S1-22", "S1-30")
async def test_a_call_to_a_client_is_on_the_client_and_the_open_deal(
    office: Office, portal: Portal
) -> None:
    contact = portal.add("contact", CLIENT, NAME="Иван")
    deal = portal.add("deal", TITLE="open", CONTACT_ID=contact)
    call = await office.call(Direction.OUTBOUND)
    assert (shown_on(portal, call), portal.leads) == ({(3, contact), (2, deal)}, {})


@pytest.mark.proves("S1-23")
async def test_the_call_is_of_the_one_who_talked_last(office: Office, portal: Portal) -> None:
    call = await office.call(answered_by=("101", "102"), responsible="102")
    assert call is not None
    assert call.finish is not None
    (lead,) = portal.leads.values()
    assert (call.finish.user, lead["ASSIGNED_BY_ID"]) == (BORIS, BORIS)


@pytest.mark.proves("S1-24")
async def test_a_call_between_extensions_never_reaches_the_portal(
    office: Office, portal: Portal
) -> None:
    await office.call(Direction.INTERNAL, client=Client(raw="101"))
    assert (portal.calls, portal.leads) == ([], {})


# Whatever goes wrong, each thing is written once
@pytest.mark.proves("S1-06", "S1-09", "S1-17")
@pytest.mark.parametrize("kind", ["slow", "cut", "broken_json", "html", "server_error"])
@pytest.mark.parametrize("applied", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize(
    "method",
    [
        "crm.lead.add",
        "telephony.externalCall.finish",
        "telephony.externalCall.attachRecord",
        "upload",
    ],
)
async def test_a_lost_answer_makes_nothing_twice(
    office: Office, portal: Portal, method: str, kind: str, applied: bool
) -> None:
    contact = portal.add("contact", CLIENT, NAME="Иван")
    fault = portal.fault(kind, method, applied=applied)
    call = await office.call()
    (lead,) = portal.leads
    assert call is not None
    assert fault.struck == 1
    assert (shown_on(portal, call), len(portal.calls), len(portal.state.files)) == (
        {(3, contact), (1, lead)},
        1,
        1,
    )
    assert await office.states() == {"done"}
