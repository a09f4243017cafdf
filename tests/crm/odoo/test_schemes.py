"""The five schemes end to end: rules, outbox and this connector against a real Odoo.

Each test ends a call of an office with two company numbers and looks at what Odoo holds.
"""

from __future__ import annotations

import base64

import pytest

from bridge.domain.entities import EntityKind
from bridge.domain.ports import Crm
from bridge.domain.record import Client, Direction
from tests.crm.contract import made
from tests.crm.odoo.gate import Gate
from tests.crm.odoo.harness import OdooHarness
from tests.crm.odoo.looking import leads, listed, messages, notes, recordings, shown_on
from tests.crm.office import CLIENT, SALES, SERVICE, Office
from tests.lab.odoo_rpc import OdooRpc

PARTNER, LEAD = "res.partner", "crm.lead"
ANNA, BORIS = OdooHarness.anna, OdooHarness.boris


async def stored(crm: Crm, kind: EntityKind, **fields: str) -> int:
    """Somebody who stores the client's number, as a person would have written it."""
    written = {"phone": "8 (916) 123-45-67", **fields}
    if kind is EntityKind.CONTACT:
        return int(await made.contact(crm, **written))
    if kind is EntityKind.COMPANY:
        return int(await made.company(crm, **written))
    return int(made.made(await crm.create_lead(made.lead(**written), made.key())))


# Scheme 1: inbound, unknown
@pytest.mark.proves("S1-06", "S1-07", "S1-08", "S1-09", "S1-28", "S1-29")
async def test_a_stranger_becomes_a_lead_with_both_numbers_and_the_recording(
    office: Office, admin: OdooRpc
) -> None:
    await office.finish()
    (lead,), (sound,) = leads(admin), recordings(admin)
    assert (lead["type"], lead["phone"], lead["referred"]) == ("lead", CLIENT, SALES)
    assert (shown_on(admin), base64.b64decode(sound["datas"])) == (
        {(LEAD, lead["id"])},
        b"ID3 a conversation",
    )


@pytest.mark.proves("S1-06")
async def test_a_stranger_who_calls_twice_is_one_lead(office: Office, admin: OdooRpc) -> None:
    for _ in range(2):
        await office.finish()
    assert (len(leads(admin)), len(listed(admin))) == (1, 2)


@pytest.mark.proves("S3-32", "S3-33")
async def test_the_number_that_was_dialled_chooses_where_the_lead_stands(
    office: Office, admin: OdooRpc
) -> None:
    await office.finish(did=SERVICE)
    (lead,) = leads(admin)
    assert (lead["team_id"][0], lead["stage_id"][0]) == (1, 2)


# Scheme 2: inbound, known
@pytest.mark.proves("S1-10", "S1-11", "S1-12")
@pytest.mark.parametrize("kind", [EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD])
async def test_whoever_stores_the_number_names_the_owner_and_takes_the_call(
    office: Office, admin: OdooRpc, kind: EntityKind
) -> None:
    crm = office.destination.crm
    id = await stored(crm, kind, owner=BORIS)
    (match,) = await crm.lookup(CLIENT)
    await office.finish(did=SERVICE)
    model = LEAD if kind is EntityKind.LEAD else PARTNER
    assert (match.owner, (model, id) in shown_on(admin)) == (BORIS, True)


@pytest.mark.proves("S1-13", "S1-14", "S1-15", "S1-30")
@pytest.mark.parametrize("kind", [EntityKind.CONTACT, EntityKind.COMPANY])
async def test_an_open_deal_takes_the_call_too_and_no_lead_is_made(
    office: Office, admin: OdooRpc, kind: EntityKind
) -> None:
    crm = office.destination.crm
    id = await stored(crm, kind)
    await made.deal(crm, "1", stage="lost", **{kind.value: str(id)})
    deal = int(await made.deal(crm, "1", **{kind.value: str(id)}))
    await office.finish()
    (sound,) = recordings(admin)
    assert (shown_on(admin), {row["type"] for row in leads(admin)}) == (
        {(PARTNER, id), (LEAD, deal)},
        {"opportunity"},
    )
    assert [row["attachment_ids"] for row in messages(admin)] == [[sound["id"]]] * 3


@pytest.mark.proves("S1-16", "S1-17", "S0-16")
async def test_a_client_without_an_open_deal_makes_a_repeat_lead(
    office: Office, admin: OdooRpc
) -> None:
    contact = await stored(office.destination.crm, EntityKind.CONTACT)
    await office.finish()
    (lead,) = leads(admin)
    (tag,) = admin.rows("crm.tag", ["id", "in", lead["tag_ids"]], fields=["name"])
    assert (lead["partner_id"][0], tag["name"], shown_on(admin)) == (
        contact,
        "Repeat request",
        {(PARTNER, contact), (LEAD, lead["id"])},
    )


# Schemes 3 and 4: outbound
@pytest.mark.proves("S1-18", "S1-19", "S1-22", "S1-28")
async def test_a_call_to_a_stranger_is_only_in_the_list(office: Office, admin: OdooRpc) -> None:
    await office.finish(Direction.OUTBOUND)
    (call,), (sound,) = listed(admin), recordings(admin)
    assert ("Outbound call, answered" in call["body"], CLIENT in call["body"]) == (True, True)
    assert (call["attachment_ids"], shown_on(admin), leads(admin)) == ([sound["id"]], set(), [])


@pytest.mark.proves("S1-20", "S1-21", "S1-22", "S1-30")
async def test_a_call_to_a_client_is_on_the_client_and_the_open_deal(
    office: Office, admin: OdooRpc
) -> None:
    crm = office.destination.crm
    contact = await stored(crm, EntityKind.CONTACT)
    deal = int(await made.deal(crm, "1", contact=str(contact)))
    await office.finish(Direction.OUTBOUND)
    assert (shown_on(admin), len(leads(admin))) == ({(PARTNER, contact), (LEAD, deal)}, 1)


@pytest.mark.proves("S1-23")
async def test_the_call_is_of_the_one_who_talked_last(office: Office, admin: OdooRpc) -> None:
    await office.finish(answered_by=("101", "102"), responsible="102")
    (lead,), (note,) = leads(admin), notes(admin)
    assert (lead["user_id"][1], note["author_id"][1]) == ("Борис", "Борис")


@pytest.mark.proves("S1-24")
async def test_a_call_between_extensions_never_reaches_odoo(office: Office, admin: OdooRpc) -> None:
    await office.finish(Direction.INTERNAL, client=Client(raw="101"))
    assert (messages(admin), leads(admin)) == ([], [])


# Whatever goes wrong, each thing is written once
@pytest.mark.proves("S1-06", "S1-09", "S1-17")
@pytest.mark.parametrize(
    ("method", "meets"),
    [
        ((LEAD, "load"), "cut"),
        ((LEAD, "load"), "unavailable"),
        (("mail.message", "load"), "cut"),
        (("ir.attachment", "load"), "cut"),
        (("mail.message", "write"), "cut"),
        (("mail.message", "write"), "false"),
    ],
)
async def test_a_lost_answer_makes_nothing_twice(
    office: Office, admin: OdooRpc, gate: Gate, method: tuple[str, str], meets: str
) -> None:
    contact = await stored(office.destination.crm, EntityKind.CONTACT)
    async with gate.trouble(getattr(gate, meets), method, times=1) as trouble:
        await office.finish()
    (lead,), (sound,) = leads(admin), recordings(admin)
    assert trouble.struck == 1
    assert (shown_on(admin), [row["attachment_ids"] for row in messages(admin)]) == (
        {(PARTNER, contact), (LEAD, lead["id"])},
        [[sound["id"]]] * 3,
    )
    assert await office.states() == {"done"}
