"""Calls on the card that the account finds, and calls as notes on a card that is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.amocrm import Portal
from tests.portals.amocrm.raw import Raw

CLIENT = "+79161234567"
CALL: dict[str, Any] = {
    "direction": "inbound",
    "duration": 95,
    "source": "pbx",
    "phone": CLIENT,
    "uniq": "pbx-1.1",
    "call_status": 4,
}


def note(entity: int, **params: Any) -> dict[str, Any]:
    plain = {name: value for name, value in CALL.items() if name != "direction"}
    return {"entity_id": entity, "note_type": "call_in", "params": {**plain, **params}}


@pytest.mark.parametrize(
    ("stages", "takes"),
    [((), "contact"), ((0,), "lead"), ((0, 143), "lead"), ((0, 0), "contact"), ((142,), "contact")],
)
async def test_the_card_is_the_only_active_lead_else_the_contact(
    portal: Portal, ask: Raw, stages: tuple[int, ...], takes: str
) -> None:
    contact = portal.add("contacts", "8 (916) 123-45-67")
    for stage in stages:
        place = {"status_id": stage} if stage else {}
        portal.add("leads", name="x", _embedded={"contacts": [{"id": contact}]}, **place)
    (made,) = (await ask("POST", "calls", [CALL])).rows("calls")
    assert made["entity_type"] == takes


async def test_a_call_that_no_card_has_is_not_kept(portal: Portal, ask: Raw) -> None:
    answer = await ask("POST", "calls", [{**CALL, "request_id": "mine"}])
    assert (answer.status, answer.body["errors"][0]["request_id"], portal.calls()) == (
        400,
        "mine",
        [],
    )


async def test_of_several_calls_those_with_a_card_are_kept(portal: Portal, ask: Raw) -> None:
    portal.add("contacts", CLIENT)
    given = [
        {**CALL, "phone": "+79030000000", "request_id": "lost"},
        {**CALL, "request_id": "kept"},
    ]
    answer = await ask("POST", "calls", given)
    assert (answer.rows("calls")[0]["request_id"], answer.body["errors"][0]["request_id"]) == (
        "kept",
        "lost",
    )


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"direction": "in"}, ("NotSupportedChoice", "direction")),
        ({"call_status": 9}, ("NotSupportedChoice", "call_status")),
        ({"call_responsible": 1}, ("NotSupportedChoice", "call_responsible")),
        ({"link": None}, ("NotNullable", "link")),
        ({"status": 4}, ("NotSupportedField", "status")),
    ],
)
async def test_a_wrong_call_is_told_by_its_field(
    portal: Portal, ask: Raw, change: dict[str, Any], wrong: tuple[str, str]
) -> None:
    portal.add("contacts", CLIENT)
    assert (await ask("POST", "calls", [{**CALL, **change}])).wrong == [wrong]


async def test_a_call_is_read_as_a_note_of_its_card(portal: Portal, ask: Raw) -> None:
    contact = portal.add("contacts", CLIENT)
    await ask("POST", "calls", [CALL])
    (found,) = (await ask("GET", f"contacts/{contact}/notes?filter[note_type][]=call_in")).rows(
        "notes"
    )
    assert found["params"]["uniq"] == "pbx-1.1"
    (event,) = (await ask("GET", "events?filter[type][]=incoming_call")).rows("events")
    assert event["value_after"] == [{"note": {"id": found["id"]}}]


async def test_nothing_keeps_a_second_note_away(portal: Portal, ask: Raw) -> None:
    lead = portal.add("leads", name="x")
    for _ in range(2):
        assert (await ask("POST", "leads/notes", [note(lead)])).status == 200
    assert len(portal.calls("pbx-1.1")) == 2


@pytest.mark.parametrize("name", ["link", "call_result", "call_status"])
async def test_null_is_refused_in_a_note(portal: Portal, ask: Raw, name: str) -> None:
    lead = portal.add("leads", name="x")
    answer = await ask("POST", "leads/notes", [note(lead, **{name: None})])
    assert answer.wrong == [("NotNullable", f"params.{name}")]


async def test_a_note_of_an_entity_that_is_not_there_is_refused(ask: Raw) -> None:
    assert (await ask("POST", "leads/notes", [note(1)])).wrong == [
        ("NotSupportedChoice", "entity_id")
    ]
    assert (await ask("GET", "leads/1/notes")).status == 404


@pytest.mark.parametrize("replaces", [True, False])
async def test_a_recording_is_added_to_a_note(portal: Portal, ask: Raw, replaces: bool) -> None:
    portal.doubts.patch_replaces_params = replaces
    lead = portal.add("leads", name="x")
    (made,) = (await ask("POST", "leads/notes", [note(lead)])).rows("notes")
    link = {"link": "https://rec.example/1.mp3"}
    whole = {**note(lead)["params"], **link} if replaces else link
    await ask("PATCH", "leads/notes", [{"id": made["id"], "params": whole}])
    shown = (await ask("GET", f"leads/{lead}/notes/{made['id']}")).body
    assert (shown["params"]["link"], shown["params"]["uniq"]) == (link["link"], "pbx-1.1")
