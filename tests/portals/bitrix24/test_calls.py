"""telephony.externalCall: register, show, hide, finish, and the statistic that tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Answer, Asking

PHONE = "+79161234567"
NOT_FOUND = "Call is not found (call should be registered prior to finishing)"


async def register(ask: Asking, user: User, **more: Any) -> Answer:
    given = {"USER_ID": user.id, "PHONE_NUMBER": PHONE, "TYPE": 2, "SHOW": 0, **more}
    return await ask("telephony.externalCall.register", **given)


async def finish(ask: Asking, user: User, call: str, **more: Any) -> Answer:
    return await ask("telephony.externalCall.finish", CALL_ID=call, USER_ID=user.id, **more)


async def test_a_known_client_is_named_with_the_call(
    portal: Portal, ask: Asking, anna: User
) -> None:
    contact = portal.add("contact", "8 (916) 123-45-67", NAME="Ivan")
    answer = await register(ask, anna, EXTERNAL_CALL_ID="pbx1-1.2", LINE_NUMBER="74951234567")
    assert answer.result == {
        "CALL_ID": portal.calls[0].call_id,
        "CRM_CREATED_LEAD": None,
        "CRM_CREATED_ENTITIES": [],
        "CRM_ENTITY_TYPE": "CONTACT",
        "CRM_ENTITY_ID": contact,
    }
    assert portal.calls[0].call_id.startswith("externalCall.")


SAME = {"EXTERNAL_CALL_ID": "a", "LINE_NUMBER": "1"}


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (SAME, SAME, True),
        ({}, {}, True),
        ({}, {"EXTERNAL_CALL_ID": ""}, True),
        (SAME, {**SAME, "CRM_CREATE": 1, "CALL_START_DATE": "2026-09-21T11:00:00+03:00"}, True),
        (SAME, {**SAME, "EXTERNAL_CALL_ID": "b"}, False),
        (SAME, {**SAME, "LINE_NUMBER": "2"}, False),
        (SAME, {**SAME, "TYPE": 1}, False),
        (SAME, {**SAME, "PHONE_NUMBER": "+79160000000"}, False),
        (SAME, {"LINE_NUMBER": "1"}, False),
    ],
)
async def test_equal_keys_within_half_an_hour_are_one_call(
    ask: Asking, anna: User, first: dict[str, Any], second: dict[str, Any], same: bool
) -> None:
    one = await register(ask, anna, **first)
    two = await register(ask, anna, **second)
    assert (one.result["CALL_ID"] == two.result["CALL_ID"]) is same


@pytest.mark.parametrize(("minutes", "same"), [(29.9, True), (30.1, False)])
async def test_after_half_an_hour_it_is_another_call(
    portal: Portal, ask: Asking, anna: User, minutes: float, same: bool
) -> None:
    one = await register(ask, anna, **SAME)
    portal.clock.move(minutes=minutes)
    ask.tokens = portal.grant()
    two = await register(ask, anna, **SAME)
    assert (one.result["CALL_ID"] == two.result["CALL_ID"]) is same


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"USER_ID": None}, "USER_ID or USER_PHONE_INNER should be set"),
        ({"TYPE": 6}, "Unknown TYPE"),
        ({"CALL_START_DATE": "yesterday"}, "CALL_START_DATE should be in the ISO-8601 format"),
        ({"PHONE_NUMBER": "anonymous"}, "Unsupported phone number format"),
        ({"USER_ID": 5}, "User is not found or is not active"),
        ({"USER_ID": None, "USER_PHONE_INNER": "9"}, "User is not found or is not active"),
    ],
)
async def test_a_wrong_registration_is_refused_in_these_words(
    ask: Asking, anna: User, changed: dict[str, Any], words: str
) -> None:
    given = {key: value for key, value in changed.items() if value is not None}
    left_out = {key for key, value in changed.items() if value is None}
    full = {"USER_ID": anna.id, "PHONE_NUMBER": PHONE, "TYPE": 2, **given}
    sent = {key: value for key, value in full.items() if key not in left_out or key in given}
    answer = await ask("telephony.externalCall.register", **sent)
    assert answer.error == (400, "ERROR_CORE", words)


async def test_an_inner_phone_names_the_employee(portal: Portal, ask: Asking, anna: User) -> None:
    given = {"USER_PHONE_INNER": "101", "PHONE_NUMBER": PHONE, "TYPE": 2}
    await ask("telephony.externalCall.register", **given)
    assert (portal.calls[0].user, portal.calls[0].cards) == (anna.id, {anna.id})


async def test_the_card_is_with_those_it_was_shown_to_and_not_hidden_from(
    portal: Portal, ask: Asking, anna: User
) -> None:
    call = (await register(ask, anna)).result["CALL_ID"]
    show = await ask("telephony.externalCall.show", CALL_ID=call, USER_ID=[anna.id, 1271])
    hide = await ask.webhook("telephony.externalCall.hide", CALL_ID=call, USER_ID=1271)
    unknown = await ask("telephony.externalCall.show", CALL_ID="externalCall.x", USER_ID=1)
    assert (show.result, hide.result, unknown.result) == (True, True, False)
    assert portal.calls[0].cards == {anna.id}


async def test_a_finished_call_is_answered_as_in_the_documentation(
    portal: Portal, ask: Asking, anna: User
) -> None:
    contact = portal.add("contact", PHONE)
    call = (await register(ask, anna, **SAME)).result["CALL_ID"]
    answer = await finish(ask, anna, call, DURATION=95, STATUS_CODE="200", VOTE=5)
    activity = next(iter(portal.state.activities))
    assert answer.result == {
        "CALL_ID": call,
        "EXTERNAL_CALL_ID": "a",
        "PORTAL_USER_ID": anna.id,
        "PHONE_NUMBER": PHONE,
        "PORTAL_NUMBER": "1",
        "INCOMING": "2",
        "CALL_DURATION": 95,
        "CALL_START_DATE": {},
        "CALL_STATUS": 1,
        "CALL_VOTE": 5,
        "COST": 0,
        "COST_CURRENCY": "",
        "CALL_FAILED_CODE": "200",
        "CALL_FAILED_REASON": "",
        "REST_APP_ID": "3",
        "REST_APP_NAME": "Bridge",
        "CRM_ACTIVITY_ID": activity,
        "COMMENT": None,
        "CRM_ENTITY_TYPE": "CONTACT",
        "CRM_ENTITY_ID": contact,
        "ID": portal.calls[0].number,
    }


async def test_only_the_first_finish_is_accepted(portal: Portal, ask: Asking, anna: User) -> None:
    call = (await register(ask, anna)).result["CALL_ID"]
    await finish(ask, anna, call, DURATION=5)
    assert (await finish(ask, anna, call, DURATION=9)).error == (400, "ERROR_CORE", NOT_FOUND)
    portal.doubts.finish_repeat_code = ""
    assert (await finish(ask, anna, call, DURATION=9)).error == (400, "", NOT_FOUND)
    assert portal.calls[0].finish is not None
    assert portal.calls[0].finish.duration == 5


async def test_the_statistic_finds_a_call_by_our_id_and_has_strings(
    ask: Asking, anna: User
) -> None:
    call = (await register(ask, anna, EXTERNAL_CALL_ID="pbx1-7.1")).result["CALL_ID"]
    await finish(ask, anna, call, DURATION=95)
    found = await ask.webhook("voximplant.statistic.get", FILTER={"EXTERNAL_CALL_ID": "pbx1-7.1"})
    row = found.result[0]
    assert (row["CALL_ID"], row["CALL_DURATION"], row["CALL_TYPE"]) == (call, "95", "2")
    assert (row["COST"], row["RECORD_FILE_ID"], found.body["total"]) == ("0.0000", None, 1)
