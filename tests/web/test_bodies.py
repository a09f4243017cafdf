"""What anybody may send: slow, odd and no bodies; names and addresses that are none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from bridge.web import bodies
from bridge.web.rights import Right
from bridge.web.settings import Token, WebSettings
from tests.lab.wait import until
from tests.web.conftest import Office

TOKEN = "a-program-of-its-own"
PROGRAM = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "1"}
OF_OURS = {"Sec-Fetch-Site": "same-origin"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def settings() -> WebSettings:
    rights = {"program": Token(token=SecretStr(TOKEN), rights=(Right.CLIENTS, Right.CALLS))}
    return WebSettings(port=0, tokens=rights)


async def sent(office: Office, head: str, body: bytes = b"") -> bytes:
    """The status line of the answer to these very bytes; the sender keeps the connection."""
    at = urlsplit(office.address)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    writer.write(head.encode("latin-1") + b"\r\n\r\n" + body)
    line = await reader.readline()
    writer.close()
    return line


HALF = "POST /hooks/crm HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000"


async def test_who_sends_slowly_is_sent_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "WITHIN", 0.1)
    assert b" 408 " in await sent(office, HALF, b"x" * 50_000)


@pytest.mark.parametrize("limit", ["MOST_OF_ONE", "MOST_AT_ONCE"])
async def test_strangers_who_send_at_once_keep_out_no_one_with_a_token(
    office: Office, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """And each makes room for the next, however he ends."""
    monkeypatch.setattr(bodies, limit, 1)
    at = urlsplit(office.address)
    _, first = await asyncio.open_connection(at.hostname, at.port)
    first.write(HALF.encode() + b"\r\n\r\nx")

    async def is_busy() -> bool:
        return b" 503 " in await sent(office, HALF, b"x")

    await until(is_busy, "the first one's place to be taken")
    address = f"{office.address}/api/v1/crm/contacts"
    async with office.session.post(address, data=b'{"name": "x"}', headers=PROGRAM) as answer:
        assert answer.status == 200
    first.close()
    small = "POST /hooks/crm HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1"

    async def is_free() -> bool:
        return b" 404 " in await sent(office, small, b"x")

    await until(is_free, "the place to be free again")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b"9" * 60_000, {"Content-Type": f"{FORM}; charset=punycode"}, id="charset"),
        pytest.param(b"token=\xff", {"Content-Type": f"{FORM}; charset=ascii"}, id="bytes"),
        pytest.param(b"--x\r\n", {"Content-Type": "multipart/form-data"}, id="no boundary"),
        pytest.param(b"a=1&" * 1000, {"Content-Type": FORM}, id="many fields"),
        pytest.param(b"", {}, id="nothing"),
    ],
)
async def test_a_form_that_is_not_ours_lets_nobody_in(
    office: Office, body: bytes, headers: Mapping[str, str]
) -> None:
    address = f"{office.address}/session"
    asked = office.session.post(address, data=body, headers={**OF_OURS, **headers})
    async with asked as answer:
        assert answer.status == 401


async def test_a_form_that_is_too_large_is_answered_by_the_form(office: Office) -> None:
    asked = office.session.post(f"{office.address}/session", data=b"x" * 100_000, headers=OF_OURS)
    async with asked as answer:
        assert (answer.status, "larger than a form" in await answer.text()) == (413, True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("contacts", b"[" * 30_000),
        ("contacts", b'{"name": "\xff"}'),
        ("contacts", b'{"name": 1e999}'),
        ("contacts", b'{"name": Infinity}'),
        ("cards", b'{"call_id": "1", "direction": "inbound", "client": "abc"}'),
        ("cards", b'{"call_id": "1", "direction": "inbound", "client": {"number": 7.5}}'),
        ("tasks", b'{"title": "x", "fields": [1]}'),
        ("tasks", b'{"title": "x", "entity": "lead 7"}'),
        ("calls", b'{"record": {}, "user": true}'),
    ],
)
async def test_what_is_no_request_is_said_in_words(office: Office, path: str, body: bytes) -> None:
    address = f"{office.address}/api/v1/crm/{path}"
    async with office.session.post(address, data=body, headers=PROGRAM) as answer:
        assert (answer.status, "error" in await answer.json()) == (400, True)


async def test_a_body_that_is_not_packed_as_it_says_is_refused(office: Office) -> None:
    packed = {**PROGRAM, "Content-Encoding": "gzip"}
    address = f"{office.address}/api/v1/crm/contacts"
    async with office.session.post(address, data=b"no gzip", headers=packed) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("host", ["a:b", "::1", "a:99999999", "\xff", "xn--a"])
async def test_a_host_that_is_none_is_refused(office: Office, host: str) -> None:
    line = await sent(office, f"GET / HTTP/1.1\r\nHost: {host}")
    assert line.split()[1] in (b"400", b"421")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/static/" + "a" * 7000, 404), ("/api/v1/calls?limit=" + "9" * 5000, 400)],
    ids=["a long name of a file", "a long number"],
)
async def test_an_address_that_is_none_is_not_here(office: Office, path: str, status: int) -> None:
    assert (await office.get(path, **PROGRAM))[0] == status
