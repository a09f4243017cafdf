"""What register binds and creates: an entity by number, by name, or a new one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

PHONE = "+79161234567"


async def register(ask: Asking, user: User, **more: Any) -> Any:
    given = {"USER_ID": user.id, "PHONE_NUMBER": PHONE, "TYPE": 2, **more}
    return (await ask("telephony.externalCall.register", **given)).result


async def test_an_unknown_number_creates_nothing_by_itself(
    portal: Portal, ask: Asking, anna: User
) -> None:
    answer = await register(ask, anna)
    assert (answer["CRM_CREATED_LEAD"], answer["CRM_ENTITY_TYPE"]) == (None, None)
    assert portal.leads == {}


async def test_when_told_so_it_creates_a_lead_with_the_source(
    portal: Portal, ask: Asking, anna: User
) -> None:
    answer = await register(ask, anna, CRM_CREATE=1, CRM_SOURCE="ADVERTISING")
    (lead,) = portal.leads.values()
    assert answer == {
        "CALL_ID": portal.calls[0].call_id,
        "CRM_CREATED_LEAD": lead["ID"],
        "CRM_CREATED_ENTITIES": [{"ENTITY_TYPE": "LEAD", "ENTITY_ID": lead["ID"]}],
        "CRM_ENTITY_TYPE": "LEAD",
        "CRM_ENTITY_ID": lead["ID"],
    }
    assert (lead["SOURCE_ID"], lead["ASSIGNED_BY_ID"]) == ("ADVERTISING", anna.id)
    assert lead["PHONE"][0]["VALUE"] == PHONE


async def test_a_known_number_creates_nothing(portal: Portal, ask: Asking, anna: User) -> None:
    portal.add("company", PHONE, TITLE="Romashka")
    answer = await register(ask, anna, CRM_CREATE=1)
    assert (answer["CRM_ENTITY_TYPE"], portal.leads) == ("COMPANY", {})


async def test_without_leads_it_is_a_contact_with_a_deal(
    portal: Portal, ask: Asking, anna: User
) -> None:
    portal.state.mode = 2
    answer = await register(ask, anna, CRM_CREATE=1)
    kinds = [each["ENTITY_TYPE"] for each in answer["CRM_CREATED_ENTITIES"]]
    assert (kinds, answer["CRM_CREATED_LEAD"]) == (["CONTACT", "DEAL"], None)
    assert (await ask("crm.settings.mode.get")).result == 2


async def test_creation_may_fail_and_the_call_be_registered(
    portal: Portal, ask: Asking, anna: User
) -> None:
    portal.state.lead_creation_error = "Lead creation is disabled for local users"
    answer = await register(ask, anna, CRM_CREATE=1)
    assert answer["LEAD_CREATION_ERROR"] == "Lead creation is disabled for local users"
    assert (answer["CRM_ENTITY_ID"], len(portal.calls)) == (None, 1)


@pytest.mark.parametrize(("auto", "leads"), [("Y", 1), ("N", 0)])
async def test_an_outgoing_call_creates_where_its_line_does(
    portal: Portal, ask: Asking, anna: User, auto: str, leads: int
) -> None:
    line = "74951234567"
    await ask("telephony.externalLine.add", NUMBER=line, NAME="Main", CRM_AUTO_CREATE=auto)
    await register(ask, anna, TYPE=1, CRM_CREATE=1, LINE_NUMBER=line)
    assert len(portal.leads) == leads


async def test_an_entity_that_is_named_is_bound_without_a_search(
    portal: Portal, ask: Asking, anna: User
) -> None:
    portal.add("contact", PHONE)
    lead = portal.add("lead", TITLE="Pump")
    answer = await register(ask, anna, CRM_ENTITY_TYPE="LEAD", CRM_ENTITY_ID=lead)
    assert (answer["CRM_ENTITY_TYPE"], answer["CRM_ENTITY_ID"]) == ("LEAD", lead)


async def test_who_finishes_becomes_responsible_for_what_the_call_created(
    portal: Portal, ask: Asking, anna: User
) -> None:
    boris = portal.add_user("102", "Boris")
    call = (await register(ask, anna, CRM_CREATE=1))["CALL_ID"]
    await ask("telephony.externalCall.finish", CALL_ID=call, USER_ID=boris.id)
    assert next(iter(portal.leads.values()))["ASSIGNED_BY_ID"] == boris.id


async def test_who_finishes_does_not_take_an_entity_that_was_there(
    portal: Portal, ask: Asking, anna: User
) -> None:
    lead = portal.add("lead", PHONE)
    call = (await register(ask, anna))["CALL_ID"]
    await ask("telephony.externalCall.finish", CALL_ID=call, USER_ID=anna.id, DURATION=3)
    assert portal.leads[lead]["ASSIGNED_BY_ID"] == 1


@pytest.mark.parametrize("again", [True, False])
async def test_a_lead_made_meanwhile_may_be_found_by_finish(
    portal: Portal, ask: Asking, anna: User, again: bool
) -> None:
    portal.doubts.finish_looks_again = again
    call = (await register(ask, anna))["CALL_ID"]
    portal.add("lead", PHONE)
    answer = await ask("telephony.externalCall.finish", CALL_ID=call, USER_ID=anna.id)
    assert (answer.result["CRM_ENTITY_TYPE"] == "LEAD") is again


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "304"),
        ({"DURATION": 5}, "200"),
        ({"DURATION": 5, "STATUS_CODE": "603-S"}, "603-S"),
        ({"STATUS_CODE": "OTHER"}, "OTHER"),
    ],
)
async def test_the_code_follows_from_the_duration_where_none_is_given(
    ask: Asking, anna: User, given: dict[str, Any], code: str
) -> None:
    call = (await register(ask, anna))["CALL_ID"]
    answer = await ask("telephony.externalCall.finish", CALL_ID=call, USER_ID=anna.id, **given)
    assert answer.result["CALL_FAILED_CODE"] == code


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"CALL_ID": 7}, (400, "INVALID_ARGUMENT", "CALL_ID must be a string")),
        ({"USER_ID": 5}, (400, "ERROR_CORE", "User is not found or is not active")),
        ({"STATUS_CODE": "201"}, (400, "ERROR_CORE", "Unknown STATUS_CODE 201")),
        ({"VOTE": 6}, (400, "ERROR_CORE", "VOTE is 1 to 5")),
        ({"USER_ID": 0}, (400, "ERROR_CORE", "USER_ID or USER_PHONE_INNER should be set")),
    ],
)
async def test_a_wrong_finish_is_refused_in_these_words(
    ask: Asking, anna: User, changed: dict[str, Any], error: tuple[int, str, str]
) -> None:
    call = (await register(ask, anna))["CALL_ID"]
    given = {"CALL_ID": call, "USER_ID": anna.id, **changed}
    assert (await ask("telephony.externalCall.finish", **given)).error == error


async def test_a_registered_call_may_be_forgotten(portal: Portal, ask: Asking, anna: User) -> None:
    portal.doubts.unfinished_for = 1800
    call = (await register(ask, anna))["CALL_ID"]
    portal.clock.move(1801)
    answer = await ask("telephony.externalCall.finish", CALL_ID=call, USER_ID=anna.id)
    assert answer.body["error_description"].startswith("Call is not found")


@pytest.mark.parametrize("comes_back", [True, False])
async def test_a_finished_call_may_come_back_for_equal_keys(
    portal: Portal, ask: Asking, anna: User, comes_back: bool
) -> None:
    portal.doubts.finished_call_comes_back = comes_back
    call = (await register(ask, anna))["CALL_ID"]
    await ask("telephony.externalCall.finish", CALL_ID=call, USER_ID=anna.id)
    assert ((await register(ask, anna))["CALL_ID"] == call) is comes_back
