"""The portal answers as the reference says a real EspoCRM did."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from tests.portals.espocrm.fields import loose
from tests.portals.espocrm.portal import Portal
from tests.portals.espocrm.records import Rules
from tests.portals.espocrm.rights import Role

KEY = "k"
Client = TestClient[Any, Any]
NUMBERS = {"phoneNumberData": [{"phoneNumber": "+74951234567", "primary": True},
                               {"phoneNumber": "+79160001122"}]}  # fmt: skip
AT_HOME: Final = {"phoneNumber": "+74951234567", "type": "Home"}
CALL: Final = {
    "name": "Incoming call",
    "status": "Held",
    "direction": "Inbound",
    "dateStart": "2026-11-21 10:00:00",
    "dateEnd": "2026-11-21 10:01:00",
    "assignedUserId": "690000000000000a1",
}
DEAL: Final = {"name": "Printers", "amount": 0, "closeDate": "2026-12-31"}
FILE: Final = {
    "name": "rec.mp3",
    "type": "audio/mpeg",
    "role": "Attachment",
    "relatedType": "Note",
    "field": "attachments",
    "file": "data:audio/mpeg;base64,SUQz",
}
GOOD: Final[dict[str, dict[str, Any]]] = {
    "Contact": {"lastName": "Ivan"},
    "Lead": {"lastName": "Ivan"},
    "Account": {"name": "Romashka"},
    "Call": CALL,
    "Opportunity": DEAL,
    "Task": {"name": "Call back"},
    "Attachment": FILE,
}


@asynccontextmanager
async def served(portal: Portal) -> AsyncIterator[Client]:
    headers = {"X-Api-Key": KEY}
    async with TestClient(TestServer(portal.app()), headers=headers) as client:
        yield client


@pytest.fixture
async def portal() -> AsyncIterator[Client]:
    async with served(Portal(KEY)) as client:
        yield client


async def post(portal: Client, entity: str, fields: Any = None, **headers: str) -> ClientResponse:
    return await portal.post(f"/api/v1/{entity}", json=fields or {}, headers=headers)


def where(kind: str, attribute: str, value: str) -> dict[str, str]:
    return {
        "where[0][type]": kind,
        "where[0][attribute]": attribute,
        "where[0][value]": value,
    }


async def test_a_wrong_key_is_401_with_nothing_in_it(portal: Client) -> None:
    answer = await post(portal, "Contact", {"lastName": "x"}, **{"X-Api-Key": "wrong"})
    assert (answer.status, await answer.text()) == (401, "")


@pytest.mark.parametrize("entity", GOOD)
async def test_what_is_good_is_taken(portal: Client, entity: str) -> None:
    answer = await post(portal, entity, GOOD[entity])
    assert (answer.status, "id" in await answer.json()) == (200, True)


@pytest.mark.parametrize(
    ("entity", "change", "field", "kind"),
    [
        ("Contact", {"phoneNumber": "8 (495) 123-45-67"}, "phoneNumber", "valid"),
        ("Contact", {"phoneNumberData": [{"phoneNumber": "+7 495 1"}]}, "phoneNumber", "valid"),
        ("Account", {"phoneNumberData": [AT_HOME]}, "phoneNumber", "valid"),
        ("Contact", {"lastName": None}, "lastName", "required"),
        ("Contact", {"lastName": "x" * 101}, "lastName", "maxLength"),
        ("Account", {"name": "<b>x</b>"}, "name", "pattern"),
        ("Lead", {"status": "Open"}, "status", "valid"),
        ("Lead", {"source": "Phone"}, "source", "valid"),
        ("Call", {"dateEnd": None}, "dateEnd", "required"),
        ("Call", {"assignedUserId": None}, "assignedUser", "required"),
        ("Call", {"dateStart": "2026-11-21T10:00:00+00:00"}, "dateStart", "valid"),
        ("Call", {"dateStart": "2026-11-21 10:00"}, "dateStart", "valid"),
        ("Call", {"dateEnd": "2026-11-21 09:59:59"}, "dateEnd", "after"),
        ("Call", {"status": "Answered"}, "status", "valid"),
        ("Call", {"direction": "Incoming"}, "direction", "valid"),
        ("Call", {"parentType": "Meeting", "parentId": "1"}, "parent", "valid"),
        ("Call", {"contactsIds": "1"}, "contacts", "valid"),
        ("Opportunity", {"stage": "Won"}, "stage", "valid"),
        ("Opportunity", {"closeDate": "31.12.2026"}, "closeDate", "valid"),
        ("Opportunity", {"closeDate": None}, "closeDate", "required"),
        ("Opportunity", {"amount": None}, "amount", "required"),
        ("Task", {"priority": "Hot"}, "priority", "valid"),
        ("Task", {"status": "Done"}, "status", "valid"),
        ("Attachment", {"file": "SUQz"}, "file", "valid"),
    ],
    ids=str,
)  # fmt: skip
async def test_a_field_that_is_not_as_it_must_be_is_named(
    portal: Client, entity: str, change: dict[str, Any], field: str, kind: str
) -> None:
    answer = await post(portal, entity, {**GOOD[entity], **change})
    told = (await answer.json())["messageTranslation"]["data"]
    assert (answer.status, told) == (400, {"field": field, "type": kind})


async def test_a_field_that_there_is_not_is_left_out_without_a_word(portal: Client) -> None:
    answer = await post(portal, "Contact", {"lastName": "x", "shoeSize": "44", "id": "mine"})
    made = await answer.json()
    assert (answer.status, "shoeSize" in made, made["id"] == "mine") == (200, False, False)


async def test_a_double_is_refused_unless_the_check_is_skipped(portal: Client) -> None:
    first = await post(portal, "Lead", {"lastName": "Ivan"})
    second = await post(portal, "Lead", {"lastName": "Ivan"})
    third = await post(portal, "Lead", {"lastName": "Ivan"}, **{"X-Skip-Duplicate-Check": "true"})
    [double] = await second.json()
    assert (second.status, double["id"]) == (409, (await first.json())["id"])
    assert third.status == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (where("equals", "phoneNumber", "+79160001122"), True),
        (where("contains", "phoneNumber", "9160001122"), True),
        (where("equals", "phoneNumber", "79160001122"), False),
        (where("equals", "phoneNumberNumeric", "79160001122"), True),
        (where("startsWith", "phoneNumberNumeric", "7916000"), True),
        ({"where[0][type]": "in", "where[0][attribute]": "phoneNumberNumeric",
          "where[0][value][]": "79160001122"}, True),
    ],
    ids=["second number", "a part", "without its plus", "digits", "their beginning", "a list"],
)  # fmt: skip
async def test_a_contact_is_found_by_its_numbers_and_the_list_shows_the_first(
    portal: Client, query: dict[str, str], found: bool
) -> None:
    made = await (await post(portal, "Contact", {"lastName": "Ivan", **NUMBERS})).json()
    rows = (await (await portal.get("/api/v1/Contact", params=query)).json())["list"]
    assert [row["id"] for row in rows] == ([made["id"]] if found else [])
    assert [(row["phoneNumber"], "phoneNumberData" in row) for row in rows] == [
        ("+74951234567", False) for _ in rows
    ]


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        (where("like", "name", "x"), 400, "Unknown where item type 'like'."),
        (where("equals", "fone", "x"), 400, "Not existing attribute 'fone' in where."),
        ({"where[0][attribute]": "name"}, 400, "Bad where item. No 'type'."),
        ({"where[0][type]": "equals"}, 400, "Bad where item. No 'attribute'."),
        ({"where[0][type]": "or", "where[0][value]": "x"}, 400, "Bad where item."),
        ({"where[0][type]": "or", "where[0][value][0][type]": "like",
          "where[0][value][0][attribute]": "name"}, 400, "Unknown where item type 'like'."),
        ({"primaryFilter": "open"}, 400, "No primary filter 'open' for 'Contact'."),
        ({"maxSize": "201"}, 403, "Max size should not exceed 200. Use offset and limit."),
        ({"maxSize": "200"}, 200, None),
    ],
    ids=str,
)  # fmt: skip
async def test_a_question_that_cannot_be_asked_is_refused_with_the_reason_in_a_header(
    portal: Client, query: dict[str, str], status: int, reason: str | None
) -> None:
    answer = await portal.get("/api/v1/Contact", params=query)
    assert (answer.status, answer.headers.get("X-Status-Reason")) == (status, reason)


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"role": "Recording"}, 403, "Role not allowed."),
        ({"relatedType": None}, 403, ""),
        ({"field": "recordings"}, 403, "Field 'recordings' does not exist."),
        ({"field": "post"}, 403, "Field type 'text' is not allowed for Attachment."),
        ({"relatedType": "Call"}, 403, "Field 'attachments' does not exist."),
        ({"relatedType": "Document", "field": "file"}, 403, "Not allowed file type."),
        ({"size": 60 * 2**20}, 403, "Attachment size exceeds `attachmentUploadMaxSize`."),
    ],
    ids=str,
)
async def test_a_file_belongs_to_a_field_that_takes_files_of_that_size(
    portal: Client, change: dict[str, Any], status: int, reason: str
) -> None:
    answer = await post(portal, "Attachment", {**FILE, **change})
    assert (answer.status, answer.headers["X-Status-Reason"]) == (status, reason)


@pytest.mark.parametrize(
    ("role", "entity", "reason"),
    [
        (Role({"Lead": frozenset({"create"})}), "Lead", "No create access."),
        (Role({"Note": frozenset({"create"})}), "Attachment", "No create access."),
        (Role(assigns=False), "Call", "Assignment failure: assigned user or team not allowed."),
    ],
    ids=["create", "a file of a note", "assign"],
)
async def test_a_right_that_the_role_lacks_is_403_with_its_name(
    role: Role, entity: str, reason: str
) -> None:
    async with served(Portal(KEY, role)) as portal:
        answer = await post(portal, entity, GOOD[entity])
    assert (answer.status, answer.headers["X-Status-Reason"]) == (403, reason)


async def test_an_upgraded_espocrm_holds_numbers_as_people_wrote_them() -> None:
    old = Portal(KEY, rules=Rules(numbers=loose))
    old.put("Contact", lastName="Ivan", phoneNumber="8 (495) 123-45-67")
    async with served(old) as portal:
        query = where("equals", "phoneNumberNumeric", "84951234567")
        found = await (await portal.get("/api/v1/Contact", params=query)).json()
    assert [row["phoneNumber"] for row in found["list"]] == ["8 (495) 123-45-67"]


async def test_the_length_of_a_new_call_is_computed_when_it_is_read(portal: Client) -> None:
    made = await (await post(portal, "Call", CALL)).json()
    read = await (await portal.get(f"/api/v1/Call/{made['id']}")).json()
    assert (made["duration"], read["duration"]) == (300, 60)


async def test_a_note_stands_on_a_record_that_is_there(portal: Client) -> None:
    answer = await post(
        portal, "Note", {"type": "Post", "post": "x", "parentType": "Call", "parentId": "nosuchid"}
    )
    said = (answer.status, answer.headers["X-Status-Reason"])
    assert said == (404, "Record nosuchid does not exist.")
