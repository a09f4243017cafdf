"""Who holds a number, the lines of the application, and the filters of the statistic."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

SEARCH = "telephony.externalCall.searchCrmEntities"


async def test_one_request_answers_entity_owner_extension_and_working_day(
    portal: Portal, ask: Asking
) -> None:
    anna = portal.add_user("101", "Anna", mobile="79160000000", day="CLOSED")
    contact = portal.add(
        "contact", "8 (916) 123-45-67", NAME="Ivan", LAST_NAME="Petrov", ASSIGNED_BY_ID=anna.id
    )
    company = portal.add("company", "+79161234567", TITLE="Romashka", ASSIGNED_BY_ID=anna.id)
    answer = await ask.webhook(SEARCH, PHONE_NUMBER="+79161234567")
    person = {
        "ID": str(anna.id),
        "TIMEMAN_STATUS": "CLOSED",
        "USER_PHONE_INNER": "101",
        "WORK_PHONE": None,
        "PERSONAL_PHONE": None,
        "PERSONAL_MOBILE": "79160000000",
    }
    assert answer.result == [
        {
            "CRM_ENTITY_TYPE": kind,
            "CRM_ENTITY_ID": id,
            "ASSIGNED_BY_ID": anna.id,
            "NAME": name,
            "ASSIGNED_BY": person,
        }
        for kind, id, name in (
            ("CONTACT", contact, "Ivan Petrov"),
            ("COMPANY", company, "Romashka"),
        )
    ]


async def test_nobody_is_an_empty_list_and_no_number_an_error(ask: Asking) -> None:
    assert (await ask(SEARCH, PHONE_NUMBER="+79160000000")).result == []
    assert (await ask(SEARCH)).error == (400, "ERROR_CORE", "PHONE_NUMBER is empty")


async def line(ask: Asking, verb: str, **given: str) -> Any:
    answer = await ask(f"telephony.externalLine.{verb}", **given)
    return answer.result if answer.status == 200 else answer.error


async def test_the_lines_of_the_application(ask: Asking) -> None:
    assert await line(ask, "add", NUMBER="7495", NAME="Main", CRM_AUTO_CREATE="N") == {"ID": 1}
    assert await line(ask, "update", NUMBER="7495", NAME="Front") == {"ID": "1"}
    row = {"NUMBER": "7495", "NAME": "Front", "CRM_AUTO_CREATE": "N"}
    assert await line(ask, "get") == [row]
    assert await line(ask, "delete", NUMBER="7495") == []
    assert await line(ask, "get") == []


@pytest.mark.parametrize(
    ("verb", "given", "words"),
    [
        ("add", {"NUMBER": "1", "NAME": "x"}, "Line already exists"),
        ("add", {"NUMBER": ""}, "NUMBER should not be empty"),
        ("update", {"NUMBER": "2", "NAME": "x"}, "Could not find line with number 2"),
        ("update", {"NUMBER": "1"}, "There are no fields to update"),
        ("delete", {"NUMBER": "2"}, "Could not find line with number 2"),
    ],
)
async def test_a_wrong_line_is_refused_in_these_words(
    ask: Asking, verb: str, given: dict[str, str], words: str
) -> None:
    await line(ask, "add", NUMBER="1", NAME="Main")
    assert await line(ask, verb, **given) == (400, "ERROR_CORE", words)


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({}, ["a", "b", "c"]),
        ({"EXTERNAL_CALL_ID": "b"}, ["b"]),
        ({"!EXTERNAL_CALL_ID": "b"}, ["a", "c"]),
        ({"CALL_TYPE": 1}, ["a"]),
        ({">CALL_DURATION": 10}, ["c"]),
        ({"><CALL_DURATION": [10, 99]}, ["b", "c"]),
        ({"%PHONE_NUMBER": "00011"}, ["a", "c"]),
        ({">=CALL_START_DATE": "2026-09-21T10:30:00+00:00"}, ["c"]),
        ({"PORTAL_NUMBER": "7495"}, ["c"]),
    ],
)
async def test_the_statistic_is_filtered_by_prefixed_fields(
    ask: Asking, anna: User, filter: dict[str, Any], found: list[str]
) -> None:
    calls = [
        ("a", 1, "+79160000011", 9, "2026-09-21T10:00:00+03:00", ""),
        ("b", 2, "+79160000020", 10, "2026-09-21T11:00:00+03:00", ""),
        ("c", 2, "+79160000011", 99, "2026-09-21T14:00:00+03:00", "7495"),
    ]
    for external, type, phone, duration, started, number in calls:
        given = {"USER_ID": anna.id, "PHONE_NUMBER": phone, "TYPE": type}
        given |= {"EXTERNAL_CALL_ID": external, "CALL_START_DATE": started, "LINE_NUMBER": number}
        call = (await ask("telephony.externalCall.register", **given)).result["CALL_ID"]
        end = {"CALL_ID": call, "USER_ID": anna.id, "DURATION": duration}
        await ask("telephony.externalCall.finish", **end)
    answer = await ask("voximplant.statistic.get", FILTER=filter, SORT="ID", ORDER="ASC")
    assert [row["EXTERNAL_CALL_ID"] for row in answer.result] == found


async def test_the_method_that_shows_sip_passwords_waits_for_an_administrator(ask: Asking) -> None:
    answer = await ask("voximplant.user.get", USER_ID=[1])
    assert answer.error[:2] == (401, "METHOD_CONFIRM_WAITING")
