"""Asking for calls over HTTP: who may, what is said to what cannot be done, and the CRMs' hooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from bridge.domain.call_requests import Unfulfilled
from bridge.domain.ports import CrmNeedsLogin, HookRefused
from bridge.web.app import serving
from bridge.web.asking import MOST_BYTES
from bridge.web.settings import WebSettings
from tests.web.conftest import Office

TOKEN = "t0ken"
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}
PAGE = "https://acme.example"
GOOD = {"number": "+79161234567", "extension": "101"}


@dataclass
class Asked:
    """Takes every request but what `answer` refuses."""

    answer: str | Unfulfilled = "r1"
    calls: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def ask(self, number: str, *, user: str | None, extension: str | None) -> str | Unfulfilled:
        self.calls.append((number, user, extension))
        return self.answer

    async def hooked(self, destination: str, headers: Mapping[str, str], body: bytes) -> bool:
        if headers.get("X-Secret") == "of a CRM that refuses us":
            raise CrmNeedsLogin("the token is dead")
        if headers.get("X-Secret") != "s":
            raise HookRefused("no secret")
        return destination == "crm"

    def origins(self, destination: str) -> frozenset[str]:
        return frozenset({PAGE}) if destination == "crm" else frozenset()


@dataclass
class Page:
    asked: Asked
    session: ClientSession

    async def post(
        self, path: str, headers: dict[str, str], body: Any = None, data: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        async with self.session.post(path, headers=headers, json=body, data=data) as answer:
            json = answer.content_type == "application/json"
            return answer.status, await answer.json() if json else {}


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(port=0, token=SecretStr(TOKEN))


@pytest.fixture
async def page(office: Office) -> AsyncIterator[Page]:
    asked = Asked()
    room = replace(office.room, asking=asked)
    async with serving(room) as address, ClientSession(address) as session:
        yield Page(asked, session)


async def test_a_call_is_asked_for(page: Page) -> None:
    assert await page.post("/api/v1/calls", ALLOWED, GOOD) == (202, {"id": "r1"})
    assert page.asked.calls == [("+79161234567", None, "101")]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, GOOD, 401),
        ({"Authorization": "Bearer guessed"}, GOOD, 401),
        (ALLOWED, {"number": "+79161234567"}, 400),
        (ALLOWED, {**GOOD, "user": "7"}, 400),
        (ALLOWED, {**GOOD, "extension": "101&PJSIP/trunk"}, 400),
        (ALLOWED, {**GOOD, "shout": True}, 400),
        (ALLOWED, ["a", "list"], 400),
    ],
)
async def test_what_is_not_asked_rightly_is_told_what_to_do(
    headers: dict[str, str], body: Any, status: int, page: Page
) -> None:
    got, said = await page.post("/api/v1/calls", headers, body)
    assert (got, bool(said["error"]), page.asked.calls) == (status, True, [])


@pytest.mark.parametrize(
    ("why", "status"),
    [
        (Unfulfilled.NO_EXTENSION, 409),
        (Unfulfilled.BAD_NUMBER, 400),
        (Unfulfilled.PBX_AWAY, 503),
    ],
)
async def test_what_nothing_would_come_of_is_said_at_once(
    why: Unfulfilled, status: int, page: Page
) -> None:
    page.asked.answer = why
    assert (await page.post("/api/v1/calls", ALLOWED, GOOD))[0] == status


async def test_without_a_token_in_the_settings_nobody_may_ask(office: Office) -> None:
    room = replace(office.room, asking=Asked(), settings=WebSettings(port=0))
    async with serving(room) as address, ClientSession(address) as session:
        status, said = await Page(Asked(), session).post("/api/v1/calls", ALLOWED, GOOD)
    assert (status, "web.token" in said["error"]) == (403, True)


@pytest.mark.parametrize(
    ("path", "headers", "size", "status"),
    [
        ("/hooks/crm", {"X-Secret": "s"}, 10, 200),
        ("/hooks/crm", {}, 10, 403),
        ("/hooks/crm", {"X-Secret": "of a CRM that refuses us"}, 10, 503),
        ("/hooks/other", {"X-Secret": "s"}, 10, 404),
        ("/hooks/crm", {"X-Secret": "s"}, MOST_BYTES + 1, 413),
    ],
)
async def test_what_a_crm_posts(
    path: str, headers: dict[str, str], size: int, status: int, page: Page
) -> None:
    got, said = await page.post(path, headers, data=b"x" * size)
    assert (got, "error" in said) == (status, status != 200)


# Scripts of a CRM's page
async def test_a_script_may_read_that_the_crm_is_away(page: Page) -> None:
    headers = {"Origin": PAGE, "X-Secret": "of a CRM that refuses us"}
    async with page.session.post("/hooks/crm", headers=headers) as answer:
        assert (answer.status, answer.headers.get("Access-Control-Allow-Origin")) == (503, PAGE)


@pytest.mark.parametrize(
    ("method", "size"), [("OPTIONS", 0), ("POST", 0), ("POST", MOST_BYTES + 1)]
)
@pytest.mark.parametrize(
    ("path", "origin", "allowed"),
    [
        ("/hooks/crm", PAGE, PAGE),
        ("/hooks/crm", "https://evil.example", None),
        ("/hooks/crm", "null", None),
        ("/hooks/other", PAGE, None),
        ("/api/v1/calls", PAGE, None),
    ],
)
async def test_only_the_pages_of_a_crm_may_post_by_script_and_only_to_its_hook(
    page: Page, path: str, method: str, size: int, origin: str, allowed: str | None
) -> None:
    headers, data = {"Origin": origin, "X-Secret": "s"}, b"x" * size
    async with page.session.request(method, path, headers=headers, data=data) as answer:
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
