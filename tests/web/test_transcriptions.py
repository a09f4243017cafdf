"""Transcriptions over HTTP: kept once, refused with words, and shown to whoever may hear."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr

from bridge.app.transcriptions import KeptTranscriptions
from bridge.storage.store import open_store
from bridge.web.app import serving
from bridge.web.rights import Right
from bridge.web.settings import Token, WebSettings
from bridge.web.transcriptions import MOST_BYTES
from tests.web.conftest import Office, finished

TOKEN = "t0ken"
ALLOWED = {"Authorization": f"Bearer {TOKEN}"}
LINE = {"side": "client", "begins": 0.5, "ends": 2.0, "text": "Hello"}
GOOD = {"lines": [LINE]}
CALL = finished().call_id


class Page:
    def __init__(self, session: ClientSession, woken: list[str]) -> None:
        self.woken = woken
        self._session = session

    async def send(self, body: Any, call: str = CALL) -> int:
        where = f"/api/v1/calls/{call}/transcription"
        async with self._session.post(where, headers=ALLOWED, json=body) as answer:
            return answer.status

    async def page(self, token: str) -> str:
        """The call's page, for whoever has this token."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.get(f"/calls/{CALL}", headers=headers) as answer:
            return await answer.text()

    async def show(self) -> Any:
        where = f"/api/v1/calls/{CALL}/transcription"
        async with self._session.get(where, headers=ALLOWED) as answer:
            return await answer.json()


@pytest.fixture
def settings() -> WebSettings:
    tokens = {
        name: Token(token=SecretStr(name), rights=tuple(map(Right, name.split("-"))))
        for name in ("calls", "calls-recordings", "calls-recordings-numbers")
    }
    return WebSettings(port=0, token=SecretStr(TOKEN), tokens=tokens)


@pytest.fixture
async def page(office: Office, tmp_path: Path) -> AsyncIterator[Page]:
    woken: list[str] = []
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        await store.finish(finished(), ["crm"], now=datetime.now(UTC))
        office.store(finished())
        kept = KeptTranscriptions(store, lambda: woken.append("lanes"))
        room = replace(office.room, transcriptions=kept)
        async with serving(room) as address, ClientSession(address) as session:
            yield Page(session, woken)


async def test_it_is_kept_once_and_the_lanes_are_told(page: Page) -> None:
    sent = [await page.send(GOOD), await page.send(GOOD)]
    assert (sent, await page.show()) == ([202, 202], GOOD)
    assert page.woken


async def test_a_second_one_of_a_call_is_refused(page: Page) -> None:
    other = {"lines": [{**LINE, "text": "Goodbye"}]}
    assert [await page.send(GOOD), await page.send(other)] == [202, 409]


async def test_an_hour_of_talk_is_taken(page: Page) -> None:
    line = {**LINE, "text": "да " * 300}
    assert await page.send({"lines": [line] * 500}) == 202


@pytest.mark.parametrize(
    ("body", "call", "status"),
    [
        (GOOD, "pbx-424242.1", 404),
        ({"lines": []}, CALL, 400),
        ({"lines": [{**LINE, "side": "nobody"}]}, CALL, 400),
        ({"lines": [{**LINE, "ends": 0.1}]}, CALL, 400),
        ("no object", CALL, 400),
        ({"lines": [{**LINE, "text": "x" * 9_000}] * (MOST_BYTES // 9_000 + 1)}, CALL, 413),
    ],
)
async def test_what_cannot_be_is_refused(page: Page, body: Any, call: str, status: int) -> None:
    assert await page.send(body, call) == status


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("calls", []),
        ("calls-recordings", ["<em>mine", "8916***4567"]),
        ("calls-recordings-numbers", ["<em>mine", "8 916 123-45-67"]),
    ],
)
async def test_the_page_of_a_call_shows_it_to_whoever_may_hear(
    page: Page, token: str, shown: list[str]
) -> None:
    said = {**LINE, "text": "<em>mine, my number is 8 916 123-45-67"}
    await page.send({"lines": [said]})
    text = html.unescape(await page.page(token))
    words = ("<em>mine", "8916***4567", "8 916 123-45-67")
    assert [each for each in words if each in text] == shown
