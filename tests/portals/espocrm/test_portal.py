"""The portal answers as the reference says a real EspoCRM did."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from tests.portals.espocrm.portal import Portal

KEY = "k"
NUMBERS = {"phoneNumberData": [{"phoneNumber": "+74951234567", "primary": True},
                               {"phoneNumber": "+79160001122"}]}  # fmt: skip


@pytest.fixture
async def portal() -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(Portal(KEY).app())) as client:
        yield client


async def post(portal: TestClient[Any, Any], path: str, **headers: str) -> ClientResponse:
    entity, _, rest = path.partition("?")
    fields = dict(each.split("=", 1) for each in rest.split("&") if each)
    told = {"X-Api-Key": KEY, **headers}
    return await portal.post(f"/api/v1/{entity}", json=fields, headers=told)


async def test_a_wrong_key_is_401_with_nothing_in_it(portal: TestClient[Any, Any]) -> None:
    answer = await post(portal, "Contact?lastName=x", **{"X-Api-Key": "wrong"})
    assert (answer.status, await answer.text()) == (401, "")


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("Contact?lastName=x&phoneNumber=8 (495) 123-45-67", 400, "validationFailure"),
        ("Call?name=x&status=Held&dateStart=2026-11-21 10:00:00", 400, "validationFailure"),
        ("Lead?lastName=x", 200, None),
    ],
    ids=["a national number", "a call without its end", "a lead"],
)
async def test_what_is_not_valid_is_refused_with_its_reason_in_a_header(
    portal: TestClient[Any, Any], path: str, status: int, reason: str | None
) -> None:
    answer = await post(portal, path)
    assert (answer.status, answer.headers.get("X-Status-Reason")) == (status, reason)


async def test_a_double_is_refused_unless_the_check_is_skipped(
    portal: TestClient[Any, Any],
) -> None:
    first = await post(portal, "Lead?lastName=Ivan")
    second = await post(portal, "Lead?lastName=Ivan")
    third = await post(portal, "Lead?lastName=Ivan", **{"X-Skip-Duplicate-Check": "true"})
    [double] = await second.json()
    assert (second.status, double["id"]) == (409, (await first.json())["id"])
    assert third.status == 200


async def test_a_contact_is_found_by_its_second_number_and_the_list_shows_the_first(
    portal: TestClient[Any, Any],
) -> None:
    headers = {"X-Api-Key": KEY}
    fields = {"lastName": "Ivan", "id": "mine", **NUMBERS}
    made = await (await portal.post("/api/v1/Contact", json=fields, headers=headers)).json()
    query = {
        "where[0][type]": "equals",
        "where[0][attribute]": "phoneNumber",
        "where[0][value]": "+79160001122",
    }
    found = await (await portal.get("/api/v1/Contact", params=query, headers=headers)).json()
    [row] = found["list"]
    assert (row["id"], row["phoneNumber"]) == (made["id"], "+74951234567")
    assert made["id"] != "mine"
    assert "phoneNumberData" not in row
