"""Programs of others speak to the built-in CRM: with their own token, in whole numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bridge.web.rights import Right
from bridge.web.settings import Token, WebSettings
from tests.web.conftest import Office, finished

TOKEN = "a-program-of-its-own"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings() -> WebSettings:
    rights = {"program": Token(token=SecretStr(TOKEN), rights=(Right.CLIENTS,))}
    return WebSettings(port=0, tokens=rights)


async def ask(
    office: Office, method: str, path: str, body: Any = None, headers: Mapping[str, str] = BEARER
) -> tuple[int, Any]:
    address = f"{office.address}/api/v1/crm/{path}"
    async with office.session.request(method, address, json=body, headers=headers) as answer:
        return answer.status, await answer.json()


def keyed(key: str) -> dict[str, str]:
    return {**BEARER, "Idempotency-Key": key}


@pytest.mark.proves("S2-24", "S2-25", "S2-26")
async def test_a_program_makes_a_client_and_finds_him(office: Office) -> None:
    fields = {"name": "Иван Ёлкин", "phone": "8 916 123-45-67"}
    made = [await ask(office, "POST", "contacts", fields, keyed("1")) for _ in range(2)]
    _, found = await ask(office, "GET", "lookup?phone=%2B79161234567")
    assert made[0] == made[1] == (200, {"id": found["items"][0]["entity"]["id"]})


@pytest.mark.proves("S2-45")
async def test_the_card_of_a_call_that_rings_opens_at_a_user(office: Office) -> None:
    ringing = {"call_id": "pbx-1.1", "direction": "inbound", "client": {"number": "+79161234567"}}
    _, card = await ask(office, "POST", "cards", ringing, keyed("ring"))
    shown = await ask(office, "POST", f"cards/{card['id']}/shown", {"users": []})
    strange = await ask(office, "POST", "cards/77/shown", {"users": ["anna"]})
    assert (shown, strange[0]) == ((200, card), 422)


@pytest.mark.proves("S4-05")
async def test_a_call_record_goes_in_as_it_comes_out_of_our_own_api(office: Office) -> None:
    body: Any = {"record": finished().to_json(), "user": None, "entities": []}
    status, made = await ask(office, "POST", "calls", body, keyed("call"))
    assert (status, await ask(office, "GET", "made?key=call")) == (200, (200, made))


async def test_a_recording_that_is_sent_is_kept(office: Office, tmp_path: Path) -> None:
    body: Any = {"record": finished().to_json(), "user": None, "entities": []}
    _, made = await ask(office, "POST", "calls", body, keyed("call"))
    address = f"{office.address}/api/v1/crm/calls/{made['id']}/recordings?recording=rec-1"
    headers = {**keyed("recording"), "Content-Type": "audio/wav"}
    sent = office.session.post(address, data=office.sound, headers=headers)
    async with sent as answer:
        assert answer.status == 200
    [kept] = await asyncio.to_thread(lambda: list((tmp_path / "received").iterdir()))
    assert kept.read_bytes() == office.sound


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "says"),
    [
        ("GET", "contacts?fax=1", None, BEARER, 400, "no search by fax"),
        ("GET", "contacts?inn=1", None, BEARER, 422, "inn"),
        ("POST", "contacts", {"name": "x"}, BEARER, 400, "Idempotency-Key"),
        ("POST", "contacts", ["x"], keyed("a"), 400, "an object is expected"),
        ("POST", "contacts", {"nmae": "x"}, keyed("b"), 422, "nmae"),
        ("POST", "calls", {"record": {"schema": 2}}, keyed("c"), 400, "schema"),
        ("POST", "calls/9/recordings", {"recording": "r", "url": "/etc/x"}, keyed("d"), 400, "url"),
        ("PATCH", "deals/77", {"title": "x"}, BEARER, 422, "77"),
        ("GET", "changes?since=x", None, BEARER, 422, "feed"),
        ("GET", "contacts", None, {}, 401, ""),
    ],
)
async def test_what_is_not_as_it_must_be_is_told(
    office: Office,
    method: str,
    path: str,
    body: Any,
    headers: Mapping[str, str],
    status: int,
    says: str,
) -> None:
    got, told = await ask(office, method, path, body, headers)
    assert (got, says in str(told)) == (status, True), told
