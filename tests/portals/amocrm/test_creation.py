"""Leads made with their contact in one write, and requests that wait to be accepted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.amocrm import Portal
from tests.portals.amocrm.raw import Raw

PHONE = [{"field_code": "PHONE", "values": [{"value": "+79161234567", "enum_code": "WORK"}]}]
SIP: dict[str, Any] = {
    "request_id": "mine",
    "source_name": "PBX",
    "source_uid": "pbx-1",
    "metadata": {
        "from": "+79161234567",
        "phone": "74951234567",
        "called_at": 1789981200,
        "duration": 95,
        "link": "",
        "service_code": "pbx",
        "uniq": "pbx-1.1",
    },
    "_embedded": {"leads": [{"name": "Call"}], "contacts": [{"custom_fields_values": PHONE}]},
}


async def test_a_lead_and_its_contact_are_made_together_and_answered_flat(
    portal: Portal, ask: Raw
) -> None:
    contact = {"first_name": "Ivan", "custom_fields_values": PHONE}
    row = {"name": "Call", "request_id": "mine", "_embedded": {"contacts": [contact]}}
    (made,) = (await ask("POST", "leads/complex", [row])).body
    assert (
        made["request_id"],
        made["merged"],
        portal.state.linked(("leads", made["id"]), "contacts"),
    ) == (
        ["mine"],
        False,
        [made["contact_id"]],
    )


async def test_a_contact_that_is_there_is_linked(portal: Portal, ask: Raw) -> None:
    known = portal.add("contacts", "+79161234567")
    row = {"name": "Call", "_embedded": {"contacts": [{"id": known}]}}
    (made,) = (await ask("POST", "leads/complex", [row])).body
    assert (made["contact_id"], len(portal.contacts)) == (known, 1)


async def test_two_contacts_in_one_lead_are_refused(portal: Portal, ask: Raw) -> None:
    row = {"name": "Call", "_embedded": {"contacts": [{"name": "a"}, {"name": "b"}]}}
    answer = await ask("POST", "leads/complex", [row])
    assert (answer.wrong[0][1], portal.leads) == ("_embedded.contacts", {})


async def test_at_most_fifty_at_once(ask: Raw) -> None:
    assert (await ask("POST", "leads/complex", [{"name": "x"}] * 51)).status == 400


async def test_a_waiting_request_is_not_among_leads_and_contacts(portal: Portal, ask: Raw) -> None:
    (made,) = (await ask("POST", "leads/unsorted/sip", [SIP])).rows("unsorted")
    (row,) = (await ask("GET", "leads/unsorted?filter[category][]=sip")).rows("unsorted")
    assert (made["request_id"], row["source_uid"], row["metadata"]["duration"]) == (
        "mine",
        "pbx-1",
        "95",
    )
    asked = [
        (await ask("GET", f"{kind}?query=9161234567")).status for kind in ("contacts", "leads")
    ]
    assert asked == [204, 204]


async def test_an_accepted_request_is_a_lead_with_its_contact(portal: Portal, ask: Raw) -> None:
    (made,) = (await ask("POST", "leads/unsorted/sip", [SIP])).rows("unsorted")
    accepted = await ask("POST", f"leads/unsorted/{made['uid']}/accept", {"user_id": portal.user})
    assert accepted.status == 200
    assert (await ask("GET", "contacts?query=9161234567&with=leads")).status == 200


async def test_a_declined_request_is_gone(portal: Portal, ask: Raw) -> None:
    (made,) = (await ask("POST", "leads/unsorted/sip", [SIP])).rows("unsorted")
    declined = await ask("DELETE", f"leads/unsorted/{made['uid']}/decline")
    assert (declined.status, (await ask("GET", "leads/unsorted")).status) == (200, 204)


@pytest.mark.parametrize(
    "name", ["from", "phone", "called_at", "duration", "link", "service_code", "uniq"]
)
async def test_what_a_request_must_say(ask: Raw, name: str) -> None:
    metadata = {key: value for key, value in SIP["metadata"].items() if key != name}
    answer = await ask("POST", "leads/unsorted/sip", [{**SIP, "metadata": metadata}])
    assert answer.wrong == [("FieldMissing", f"metadata.{name}")]
