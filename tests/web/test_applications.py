"""Applications over HTTP: who may send, what is refused with words, what one is told afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from bridge.app.applications import KeptApplications
from bridge.storage.store import open_store
from bridge.web.app import serving
from bridge.web.rights import Right
from bridge.web.settings import Token, WebSettings
from tests.web.conftest import Office

TOKEN = "t0ken"
SITE = "5a1c0f6d9e77ab42"
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}
GOOD = {"id": "42", "source": "site", "person": {"name": "Anna", "phone": "8 (916) 123-45-67"}}


class Page:
    def __init__(self, session: ClientSession, woken: list[str]) -> None:
        self.woken = woken
        self._session = session

    async def send(self, body: Any, headers: dict[str, str] = ALLOWED) -> tuple[int, Any]:
        where = "/api/v1/applications"
        async with self._session.post(where, headers=headers, json=body) as answer:
            return answer.status, await answer.json()

    async def trace(self, id: str, headers: dict[str, str] = ALLOWED) -> tuple[int, Any]:
        async with self._session.get(f"/api/v1/applications/{id}", headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def settings() -> WebSettings:
    site = Token(token=SecretStr(SITE), rights=(Right.APPLICATIONS,))
    return WebSettings(port=0, token=SecretStr(TOKEN), tokens={"site": site})


@pytest.fixture
async def page(office: Office, tmp_path: Path) -> AsyncIterator[Page]:
    woken: list[str] = []
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        kept = KeptApplications(store, ["crm"], "RU", lambda: woken.append("lanes"))
        room = replace(office.room, applications=kept)
        async with serving(room) as address, ClientSession(address) as session:
            yield Page(session, woken)


@pytest.mark.proves("S3-01", "S3-02", "S3-03")
async def test_it_is_kept_once_and_the_lanes_are_told(page: Page) -> None:
    answers = [await page.send(GOOD), await page.send(GOOD)]
    assert answers == [(202, {"id": "42", "new": True}), (200, {"id": "42", "new": False})]
    assert page.woken


@pytest.mark.proves("S3-36")
async def test_one_can_ask_what_became_of_it(page: Page) -> None:
    await page.send(GOOD)
    status, told = await page.trace("42")
    assert (status, told["application"]["person"]["phone"]) == (200, "+79161234567")
    assert [(one["destination"], one["state"]) for one in told["deliveries"]] == [
        ("crm", "waiting")
    ]


@pytest.mark.proves("S0-47")
async def test_the_trace_names_the_token_that_sent_it(page: Page) -> None:
    await page.send(GOOD, {"Authorization": f"Bearer {SITE}"})
    _, told = await page.trace("42")
    assert told["application"]["sent_by"] == "site"


@pytest.mark.proves("S0-47")
async def test_who_has_no_right_to_numbers_asks_without_seeing_them(page: Page) -> None:
    await page.send(GOOD)
    _, told = await page.trace("42", {"Authorization": f"Bearer {SITE}"})
    assert told["application"]["person"]["phone"] == "+7916***4567"


async def test_nobody_asks_about_what_was_never_sent(page: Page) -> None:
    assert (await page.trace("43"))[0] == 404


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({**GOOD, "id": "a b"}, "id"),
        ({**GOOD, "person": {"phone": "nobody"}}, "+79161234567"),
        ({**GOOD, "persn": {}}, "persn"),
        ({"id": "42", "source": "site"}, "nothing is asked for"),
        ({**GOOD, "deal": {"fields": {"UF": 1}}}, "deal.fields.UF"),
        ([], "the body"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(page: Page, wrong: Any, says: str) -> None:
    status, answer = await page.send(wrong)
    assert (status, says in answer["error"], page.woken) == (400, True, [])


@pytest.mark.proves("S0-46")
async def test_nobody_sends_without_the_token(page: Page) -> None:
    assert (await page.send(GOOD, {}))[0] == 401
