"""The five schemes end to end: rules, outbox and this connector against an account.

Each test ends a call of an office with two company numbers and looks at what the account holds.
"""

from __future__ import annotations

import pytest

from bridge.domain.record import CallRecord, Client, Direction
from tests.crm.office import CLIENT, SALES, SERVICE, Office
from tests.portals.amocrm import Portal
from tests.portals.amocrm.state import phones_of


def shown_on(portal: Portal, record: CallRecord) -> set[tuple[str, int]]:
    """The cards that have the call, each once."""
    cards = [(row["_kind"], row["entity_id"]) for row in portal.calls(record.call_id)]
    assert len(cards) == len(set(cards))
    return set(cards)


def links(portal: Portal, record: CallRecord) -> set[str]:
    """Where the notes of the call have its recording, without what changes with each signature."""
    return {row["params"]["link"].partition("?")[0] for row in portal.calls(record.call_id)}


# Scheme 1: inbound, unknown
@pytest.mark.proves("S1-06", "S1-07", "S1-08")
@pytest.mark.parametrize("did", [SALES, SERVICE])
async def test_a_stranger_becomes_a_lead_with_both_numbers(
    office: Office, portal: Portal, did: str
) -> None:
    await office.finish(did=did)
    ((id, lead),) = portal.leads.items()
    (contact,) = portal.state.linked(("leads", id), "contacts")
    dialled = [field["values"][0]["value"] for field in lead["custom_fields_values"]]
    assert (phones_of(portal.contacts[contact]), did in dialled) == ([CLIENT], True)


@pytest.mark.proves("S1-09", "S1-29")
async def test_the_lead_of_a_stranger_has_the_recording(office: Office, portal: Portal) -> None:
    record = await office.finish()
    (lead,) = portal.leads
    assert (shown_on(portal, record), links(portal, record)) == (
        {("leads", lead)},
        {f"https://calls.example/shared/{record.call_id}/r1.mp3"},
    )


@pytest.mark.proves("S1-06")
async def test_a_stranger_who_calls_twice_is_one_lead(office: Office, portal: Portal) -> None:
    for _ in range(2):
        await office.finish()
    assert (len(portal.leads), len(portal.contacts), len(portal.calls())) == (1, 1, 2)


async def test_a_stranger_whose_request_was_lost_makes_a_new_one_of_the_same_contact(
    office: Office, portal: Portal
) -> None:
    await office.finish()
    (lead,) = portal.leads.values()
    lead["status_id"] = 143
    await office.finish()
    assert (len(portal.leads), len(portal.contacts)) == (2, 1)


async def test_a_stranger_whose_request_was_won_is_a_client(office: Office, portal: Portal) -> None:
    await office.finish()
    (lead,) = portal.leads.values()
    lead["status_id"] = 142
    (match,) = await office.destination.crm.lookup(CLIENT)
    assert (match.entity.kind, match.entity.id) == ("contact", str(next(iter(portal.contacts))))


@pytest.mark.proves("S3-32", "S3-33")
@pytest.mark.parametrize(
    ("did", "label", "pipeline", "stage"),
    [(SERVICE, "service", "Service", 1), (SALES, "subsidies", "Grants", 0)],
)
async def test_the_number_and_the_topic_choose_where_the_lead_stands(
    office: Office, portal: Portal, did: str, label: str, pipeline: str, stage: int
) -> None:
    await office.finish(did=did, labels=(label,))
    (lead,) = portal.leads.values()
    (id,) = [id for id, each in portal.state.pipelines.items() if each["name"] == pipeline]
    assert (lead["pipeline_id"], lead["status_id"]) == (id, portal.statuses(id)[stage])


# Scheme 2: inbound, known
@pytest.mark.proves("S1-10", "S1-11", "S1-12")
@pytest.mark.parametrize("did", [SALES, SERVICE])
@pytest.mark.parametrize("kind", ["contacts", "companies"])
async def test_whoever_stores_the_number_names_the_owner_and_takes_the_call(
    office: Office, portal: Portal, kind: str, did: str
) -> None:
    boris = list(portal.state.users)[1]
    id = portal.add(kind, "8 (916) 123-45-67", name="x", responsible_user_id=boris)
    (match,) = await office.destination.crm.lookup(CLIENT)
    record = await office.finish(did=did)
    assert (match.owner, (kind, id) in shown_on(portal, record)) == (str(boris), True)


@pytest.mark.proves("S1-13", "S1-14", "S1-15", "S1-30")
@pytest.mark.parametrize("kind", ["contacts", "companies"])
async def test_an_open_deal_takes_the_call_too_and_no_lead_is_made(
    office: Office, portal: Portal, kind: str
) -> None:
    id = portal.add(kind, CLIENT, name="x")
    of = {"_embedded": {kind: [{"id": id}]}}
    lost = portal.add("leads", name="lost", status_id=143, **of)
    deal = portal.add("leads", name="open", **of)
    record = await office.finish()
    assert (shown_on(portal, record), set(portal.leads), len(links(portal, record))) == (
        {(kind, id), ("leads", deal)},
        {lost, deal},
        1,
    )


@pytest.mark.proves("S1-16", "S1-17")
async def test_a_client_without_an_open_deal_makes_a_repeat_lead(
    office: Office, portal: Portal
) -> None:
    contact = portal.add("contacts", CLIENT, name="Иван")
    record = await office.finish()
    ((id, lead),) = portal.leads.items()
    assert (
        portal.state.linked(("leads", id), "contacts"),
        [tag["name"] for tag in lead["tags"]],
        shown_on(portal, record),
    ) == ([contact], ["repeat"], {("contacts", contact), ("leads", id)})


# Schemes 3 and 4: outbound
@pytest.mark.proves("S1-19", "S1-22")
async def test_a_call_to_a_stranger_makes_nothing(office: Office, portal: Portal) -> None:
    await office.finish(Direction.OUTBOUND)
    assert (portal.calls(), portal.leads, portal.contacts) == ([], {}, {})
    assert await office.states() == {"done"}


@pytest.mark.proves("S1-20", "S1-21", "S1-22", "S1-30")
async def test_a_call_to_a_client_is_on_the_client_and_the_open_deal(
    office: Office, portal: Portal
) -> None:
    contact = portal.add("contacts", CLIENT, name="Иван")
    deal = portal.add("leads", name="open", _embedded={"contacts": [{"id": contact}]})
    record = await office.finish(Direction.OUTBOUND)
    assert (shown_on(portal, record), len(portal.leads)) == (
        {("contacts", contact), ("leads", deal)},
        1,
    )
    assert {row["note_type"] for row in portal.calls()} == {"call_out"}


@pytest.mark.proves("S1-23")
async def test_the_call_is_of_the_one_who_talked_last(office: Office, portal: Portal) -> None:
    boris = list(portal.state.users)[1]
    await office.finish(answered_by=("101", "102"), responsible="102")
    (note,), (lead,) = portal.calls(), portal.leads.values()
    assert (note["params"]["call_responsible"], lead["responsible_user_id"]) == (boris, boris)


@pytest.mark.proves("S1-24")
async def test_a_call_between_extensions_never_reaches_the_account(
    office: Office, portal: Portal
) -> None:
    await office.finish(Direction.INTERNAL, client=Client(raw="101"))
    assert (portal.calls(), portal.leads) == ([], {})


# Whatever goes wrong, each thing is written once
@pytest.mark.proves("S1-06", "S1-09", "S1-17")
@pytest.mark.parametrize("kind", ["slow", "cut", "html", "gateway_timeout", "too_many"])
@pytest.mark.parametrize("applied", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize(
    "request_", ["POST leads/complex", "POST leads/notes", "PATCH leads/notes"]
)
async def test_a_lost_answer_makes_nothing_twice(
    office: Office, portal: Portal, request_: str, kind: str, applied: bool
) -> None:
    contact = portal.add("contacts", CLIENT, name="Иван")
    fault = portal.fault(kind, request_, applied=applied)
    record = await office.finish()
    (lead,) = portal.leads
    assert fault.struck == 1
    assert (shown_on(portal, record), len(links(portal, record))) == (
        {("contacts", contact), ("leads", lead)},
        1,
    )
    assert await office.states() == {"done"}
