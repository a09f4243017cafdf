"""Logins of a described CRM, against a server that keeps to them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridge.config.descriptions import parsed
from bridge.crm.declarative import DeclarativeCrm, DeclarativeSettings
from bridge.crm.declarative.login import Login
from bridge.crm.shared_file import read
from bridge.domain.commands import Verdict
from bridge.domain.ports import CrmNeedsLogin, CrmUnavailable, Search
from tests.crm.declarative.own import PEOPLE, SMALL, own, said


class Tokens:
    """An authorisation server: each refresh token is good once. `grants` are its forms."""

    def __init__(self) -> None:
        self.good, self.issued = "", 0
        self.refresh = "r0"
        self.forms: list[dict[str, str]] = []
        self.port: int | None = None
        self.asked, self.answers = asyncio.Event(), asyncio.Event()
        self.answers.set()

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh:
            return said({"error": "invalid_grant"}, 400)
        self.issued += 1
        self.good, self.refresh = f"t{self.issued}", f"r{self.issued}"
        self.asked.set()
        await self.answers.wait()
        answer = {"access_token": self.good, "expires_in": 3600, "refresh_token": self.refresh}
        return said(answer)

    async def people(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.good}":
            return said({}, 401)
        return said({"rows": PEOPLE})


@asynccontextmanager
async def with_tokens(
    tokens: Tokens, folder: Path, auth: str, port: int | None = None, behind: str = ""
) -> AsyncIterator[DeclarativeCrm]:
    """At the same `port` it is the same CRM. `behind` its address something may be written."""
    app = web.Application()
    app.router.add_post("/token", tokens.token)
    app.router.add_get("/api/people", tokens.people)
    async with TestServer(app, port=port) as server:
        tokens.port = server.port
        settings = DeclarativeSettings(
            file=Path("own.yml"),
            folder=folder,
            settings={"url": str(server.make_url("")).rstrip("/") + behind},
            described=parsed(SMALL + auth, "own.yml"),
        )
        crm = DeclarativeCrm(settings)
        yield crm
        await crm.close()


CLIENT: Final = """
auth: {kind: oauth2, grant: client_credentials, token_url: "{{ settings.url }}/token",
       client_id: me, client_secret: "{{ settings.key }}", scope: all}
"""
REFRESH: Final = """
auth: {kind: oauth2, grant: refresh, token_url: "{{ settings.url }}/token", client_id: me,
       refresh_token: r0}
"""
SECRET_REFRESH: Final = """
auth: {kind: oauth2, grant: refresh, token_url: "{{ settings.url }}/token", client_id: me,
       client_secret: "{{ settings.key }}", refresh_token: r0-r0-r0}
"""
ASSERTION: Final = """
auth: {kind: oauth2, grant: jwt, token_url: "{{ settings.url }}/token",
       assertion: {kind: jwt, key: "{{ settings.key }}", claims: {iss: me, sub: "{{ 'anna' }}"}}}
"""


async def test_an_address_may_end_with_a_slash(tmp_path: Path) -> None:
    async with with_tokens(Tokens(), tmp_path, CLIENT, behind="/") as crm:
        assert len(await crm.find_contacts(Search(name="Иван"))) == 7


@pytest.mark.parametrize("auth", [CLIENT, REFRESH, ASSERTION], ids=["client", "refresh", "jwt"])
async def test_a_token_is_fetched_once_and_renewed_when_it_is_refused(
    auth: str, tmp_path: Path
) -> None:
    tokens = Tokens()
    async with with_tokens(tokens, tmp_path, auth) as crm:
        for _ in range(2):
            await crm.find_contacts(Search(name="Иван"))
        tokens.good = "another"  # it was withdrawn before its time
        found = await crm.find_contacts(Search(name="Иван"))
    assert (len(found), tokens.issued) == (7, 2)


async def test_a_renewed_refresh_token_outlives_the_process(tmp_path: Path) -> None:
    tokens = Tokens()
    async with with_tokens(tokens, tmp_path, REFRESH) as crm:
        await crm.find_contacts(Search(name="Иван"))
    assert read(tmp_path / "declarative.json")["refresh_token"] == "r1"
    tokens.good = ""
    async with with_tokens(tokens, tmp_path, REFRESH, tokens.port) as crm:
        assert len(await crm.find_contacts(Search(name="Иван"))) == 7


async def test_a_refresh_token_written_anew_counts_more_than_the_kept_one(tmp_path: Path) -> None:
    tokens = Tokens()
    async with with_tokens(tokens, tmp_path, REFRESH) as crm:
        await crm.find_contacts(Search(name="Иван"))
        tokens.good, tokens.refresh = "", "new"  # a person logged in again: the old pair is dead
        with pytest.raises(CrmNeedsLogin):
            await crm.find_contacts(Search(name="Иван"))
    async with with_tokens(tokens, tmp_path, REFRESH.replace("r0", "new"), tokens.port) as crm:
        assert len(await crm.find_contacts(Search(name="Иван"))) == 7


async def test_a_kept_token_is_not_sent_to_another_address(tmp_path: Path) -> None:
    first, other = Tokens(), Tokens()
    for tokens in (first, other):
        async with with_tokens(tokens, tmp_path, REFRESH) as crm:
            await crm.find_contacts(Search(name="Иван"))
    assert [form["refresh_token"] for form in other.forms] == ["r0"]


async def test_a_refresh_is_finished_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    tokens = Tokens()
    tokens.answers.clear()
    async with with_tokens(tokens, tmp_path, REFRESH) as crm:
        waiting = asyncio.ensure_future(crm.find_contacts(Search(name="Иван")))
        await tokens.asked.wait()
        waiting.cancel()
        await asyncio.wait([waiting])
        tokens.answers.set()
        assert len(await crm.find_contacts(Search(name="Иван"))) == 7
    assert (tokens.issued, read(tmp_path / "declarative.json")["refresh_token"]) == (1, "r1")


async def test_a_refresh_is_kept_before_the_connector_is_closed(tmp_path: Path) -> None:
    tokens = Tokens()
    tokens.answers.clear()
    async with with_tokens(tokens, tmp_path, REFRESH) as crm:
        waiting = asyncio.ensure_future(crm.find_contacts(Search(name="Иван")))
        await tokens.asked.wait()
        waiting.cancel()
        asyncio.get_running_loop().call_later(0.05, tokens.answers.set)
    assert read(tmp_path / "declarative.json")["refresh_token"] == "r1"


async def test_a_dead_login_is_told_as_one(tmp_path: Path) -> None:
    tokens = Tokens()
    tokens.refresh = "used"
    async with with_tokens(tokens, tmp_path, REFRESH) as crm:
        with pytest.raises(CrmNeedsLogin, match="invalid_grant"):
            await crm.find_contacts(Search(name="Иван"))


KEY: Final = "s3cr3t-79161234567-k3y"
SCHEMES: Final = {
    "basic": "auth: {kind: basic, username: Анна, password: '{{ settings.key }}'}",
    "header": "auth: {kind: header, headers: {Authorization: 'Token {{ settings.key }}'}}",
    "jwt": "auth: {kind: jwt, key: '{{ settings.key }}', claims: {iss: me}}",
}


def basic(told: str) -> bool:
    return base64.b64decode(told.removeprefix("Basic ")).decode() == f"Анна:{KEY}"


def header(told: str) -> bool:
    return told == f"Token {KEY}"


def unexpired(told: str) -> bool:
    claims, signed, signature = _unpacked(told)
    right = hmac.new(KEY.encode(), signed, hashlib.sha256).digest()
    return signature == right and claims["exp"] > time.time()


LETS_IN: Final = {"basic": basic, "header": header, "jwt": unexpired}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("key", "good"), [(KEY, True), ("an0ther-k3y", False)])
async def test_a_crm_that_looks_at_the_login_lets_the_right_one_in(
    scheme: str, key: str, good: bool, tmp_path: Path
) -> None:
    def handler(request: web.Request) -> web.Response:
        told = request.headers["Authorization"]
        if LETS_IN[scheme](told):
            return said({"rows": PEOPLE})
        return said({"message": f"nobody may come in with {told} or {key}"}, 401)

    more = SCHEMES[scheme]
    async with own(handler, tmp_path, more, key=key) as crm:
        if good:
            assert len(await crm.find_contacts(Search(name="Иван"))) == 7
            return
        with pytest.raises(CrmNeedsLogin) as raised:
            await crm.find_contacts(Search(name="Иван"))
        outcome = await crm.create_contact({"name": "x"}, "key")
    assert outcome.verdict is Verdict.NEEDS_LOGIN
    for told in (str(raised.value), outcome.detail):
        assert ("HTTP 401" in told, key in told, "eyJ" in told) == (True, False, False), told


@pytest.mark.parametrize(
    ("status", "data", "error", "says"),
    [
        (400, {"error": "invalid_grant"}, CrmNeedsLogin, "invalid_grant"),
        (401, {"error": "invalid_client"}, CrmNeedsLogin, "invalid_client"),
        (400, {"error": f"{KEY} and r0-r0-r0 are unknown"}, CrmNeedsLogin, "*** and *** are"),
        (403, "no JSON", CrmNeedsLogin, "HTTP 403"),
        (429, {}, CrmUnavailable, "HTTP 429"),
        (500, {}, CrmUnavailable, "HTTP 500"),
        (503, {}, CrmUnavailable, "HTTP 503"),
        (200, {"token": "t"}, CrmNeedsLogin, "correct `token_url`"),
        (302, {}, CrmNeedsLogin, "correct `token_url`"),
    ],
    ids=str,
)
@pytest.mark.parametrize("auth", ["client", "refresh", "jwt"])
async def test_a_login_that_is_refused_says_whose_turn_it_is(
    auth: str, status: int, data: Any, error: type[Exception], says: str, tmp_path: Path
) -> None:
    asked: list[str] = []

    def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return said(data, status) if request.path == "/token" else said({"rows": PEOPLE})

    text = {"client": CLIENT, "refresh": SECRET_REFRESH, "jwt": ASSERTION}[auth]
    async with own(handler, tmp_path, text, key=KEY) as crm:
        with pytest.raises(error) as raised:
            await crm.find_contacts(Search(name="Иван"))
    told = str(raised.value)
    known = says if auth == "refresh" else says.replace("and ***", "and r0-r0-r0")
    assert (known in told, "s3cr3t" in told, set(asked)) == (True, False, {"/token"}), told


async def test_a_crm_that_takes_no_token_is_asked_with_two_and_no_more(tmp_path: Path) -> None:
    asked: list[str] = []

    def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/token":
            return said({"access_token": f"t0ken-{len(asked)}", "expires_in": 3600})
        told = request.headers["Authorization"]
        return said({"message": f"{told} is not known"}, 401)

    async with own(handler, tmp_path, CLIENT) as crm:
        with pytest.raises(CrmNeedsLogin) as raised:
            await crm.find_contacts(Search(name="Иван"))
    assert asked == ["/token", "/api/people", "/token", "/api/people"]
    assert "t0ken" not in str(raised.value)


@pytest.mark.parametrize("auth", ["client", "refresh", "jwt"])
async def test_a_token_is_renewed_before_it_runs_out(auth: str, tmp_path: Path) -> None:
    """The CRM would refuse it: nobody waits for that."""
    tokens, clock = Tokens(), [1_000_000.0]
    text = {"client": CLIENT, "refresh": REFRESH, "jwt": ASSERTION}[auth]
    async with with_tokens(tokens, tmp_path, text) as crm:
        login = Login(
            crm.client.described, crm.client.facts, tmp_path / "own.json", now=lambda: clock[0]
        )
        async with ClientSession() as session:
            told = []
            for passed in (0.0, 3500.0, 80.0):  # it lasts for 3600 s, and ends 30 s early
                clock[0] += passed
                told.append((await login.headers(session))["Authorization"])
    assert told == ["Bearer t1", "Bearer t1", "Bearer t2"]


async def test_a_token_that_another_process_has_renewed_is_used(tmp_path: Path) -> None:
    """A refresh token is good once: the second who comes must not spend the first one's."""
    tokens = Tokens()
    async with with_tokens(tokens, tmp_path, REFRESH) as crm:
        other = DeclarativeCrm(crm.settings)
        for each in (crm, other):
            await each.find_contacts(Search(name="Иван"))
        tokens.good = "withdrawn"
        found = [await each.find_contacts(Search(name="Иван")) for each in (crm, other)]
        await other.close()
    assert ([len(each) for each in found], tokens.issued) == ([7, 7], 2)


def _unpacked(token: str) -> tuple[dict[str, Any], bytes, bytes]:
    head, claims, signature = token.removeprefix("Bearer ").split(".")
    plain = base64.urlsafe_b64decode(claims + "==")
    return (
        json.loads(plain),
        f"{head}.{claims}".encode(),
        base64.urlsafe_b64decode(signature + "=="),
    )


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
async def test_a_token_of_ours_is_signed(algorithm: str, tmp_path: Path) -> None:
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key = pem if algorithm == "RS256" else "s3cr3t"
    seen: list[str] = []

    def handler(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return said({"rows": []})

    auth = (
        f"auth: {{kind: jwt, algorithm: {algorithm}, key: {json.dumps(key)}, claims: {{iss: me}}}}"
    )
    async with own(handler, tmp_path, auth) as crm:
        await crm.find_contacts(Search(name="Иван"))
    claims, told, signature = _unpacked(seen[0])
    assert (claims["iss"], claims["exp"] - claims["iat"]) == ("me", 300)
    if algorithm == "HS256":
        assert signature == hmac.new(b"s3cr3t", told, hashlib.sha256).digest()
    else:
        private.public_key().verify(signature, told, padding.PKCS1v15(), SHA256())
