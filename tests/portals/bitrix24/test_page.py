"""The portal as a process: its page, its state as JSON, its switches."""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.portals.bitrix24 import Portal, User
from tests.portals.bitrix24.asking import Asking

PHONE = "+79161234567"


@pytest.fixture
async def access() -> AsyncIterator[dict[str, Any]]:
    """What a portal of its own process prints when it starts."""
    command = (sys.executable, "-m", "tests.portals.bitrix24", "--extension", "101=Anna")
    root = Path(__file__).parents[3]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd=root
    )
    assert process.stdout is not None
    yield json.loads(await process.stdout.readline())
    process.terminate()
    assert await process.wait() == 0


async def read(session: ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        return await answer.json()


async def test_a_process_tells_how_to_reach_it_and_holds_its_state(
    access: dict[str, Any],
) -> None:
    async with ClientSession() as session:
        given = {"auth": access["access_token"], "fields": {"PHONE": [{"VALUE": PHONE}]}}
        async with session.post(f"{access['url']}/rest/crm.lead.add", json=given) as answer:
            lead = (await answer.json())["result"]
        state = await read(session, f"{access['url']}/state.json")
        users = await read(session, f"{access['webhook']}user.get")
        again = await read(session, f"{access['url']}/access.json")
    assert [(row["ID"], row["PHONE"][0]["VALUE"]) for row in state["lead"]] == [(lead, PHONE)]
    assert users["result"][1]["UF_PHONE_INNER"] == "101"
    assert again["client_secret"] == access["client_secret"]


async def test_the_page_shows_calls_with_a_player_and_entities(
    portal: Portal, ask: Asking, anna: User
) -> None:
    portal.add("contact", PHONE, NAME="<Ivan>")
    portal.add("deal", TITLE="Pump")
    given = {"USER_ID": anna.id, "PHONE_NUMBER": PHONE, "TYPE": 2}
    call = (await ask("telephony.externalCall.register", **given)).result["CALL_ID"]
    await ask("telephony.externalCall.finish", CALL_ID=call, USER_ID=anna.id, DURATION=9)
    record = {"FILENAME": "a.mp3", "FILE_CONTENT": b64encode(b"ID3").decode()}
    await ask("telephony.externalCall.attachRecord", CALL_ID=call, **record)
    portal.click(anna, "+79160000000")
    async with ask.session.get(portal.url) as answer:
        text = await answer.text()
    file = portal.calls[0].record
    shown = (PHONE, "&lt;Ivan&gt;", "Anna Sidorova", "9 s", "Pump", "ringing", "+79160000000")
    assert [each for each in shown if each not in text] == []
    assert f'<audio controls preload="none" src="/files/{file}">' in text
    async with ask.session.get(f"{portal.url}/files/{file}") as answer:
        assert (answer.content_type, await answer.read()) == ("audio/mpeg", b"ID3")
    part = {"Range": "bytes=1-"}
    async with ask.session.get(f"{portal.url}/files/{file}", headers=part) as answer:
        assert (answer.status, await answer.read()) == (206, b"D3")
        assert answer.headers["Content-Range"] == "bytes 1-2/3"


async def test_faults_time_and_clicks_can_be_switched_from_outside(
    portal: Portal, ask: Asking, anna: User
) -> None:
    async def switch(**wanted: Any) -> int:
        return (await ask.post(f"{portal.url}/switch", json=wanted)).status

    now = portal.clock()
    assert await switch(fault={"kind": "server_error", "method": "scope", "times": None}) == 200
    assert (await ask("scope")).status == 500
    assert await switch(lift=True) == 200
    assert (await ask("scope")).status == 200
    assert await switch(click={"user": anna.id, "phone": PHONE}) == 200
    assert await switch(move=60) == 200
    assert (portal.calls[0].clicked, portal.clock() - now) == (True, 60)
    assert await switch(explode=True) == 400
