"""Logins, pages and failures of described requests, against a server that keeps to them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridge.config.descriptions import parsed
from bridge.crm.declarative import DeclarativeCrm, DeclarativeSettings
from bridge.crm.shared_file import read
from bridge.crm.suite.made import call, ref
from bridge.domain.commands import Verdict
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable, Search

SMALL: Final = """
crm: Own
settings: {url: {}, key: {secret: true, default: s3cr3t}}
base: "{{ settings.url }}/api"
key_header: X-Request-Key
reason: [$.message]
limits: {rate: 1000, burst: 1000, timeout: 3}
contact:
  row: {id: $.id, name: $.name, phones: "$.phones[*]"}
  search:
    id: {get: "/people/{{ asked }}"}
    name: {get: /people, query: {name: "{{ asked }}"}, rows: "$.rows[*]"}
  write: {name: {name: "{{ value }}"}}
  create: {post: /people, body: "{{ fields }}", id: $.id}
  update: {put: "/people/{{ id }}", body: "{{ fields }}"}
"""
PEOPLE: Final = [{"id": number, "name": f"Иван {number}", "phones": []} for number in range(7)]

Handler = Callable[[web.Request], web.Response]


@asynccontextmanager
async def own(handler: Handler, folder: Path, more: str = "") -> AsyncIterator[DeclarativeCrm]:
    """A CRM that this handler is, described by SMALL and `more`."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        text = more if more.lstrip().startswith("crm:") else SMALL + more
        settings = DeclarativeSettings(
            file=Path("own.yml"),
            folder=folder,
            settings={"url": str(server.make_url("")).rstrip("/")},
            described=parsed(text, "own.yml"),
        )
        crm = DeclarativeCrm(settings)
        yield crm
        await crm.close()


def said(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(data, status=status, headers=headers)


class Counted:
    """A page of PEOPLE by `start`, `page`, `after` or the address that the last one named."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, request: web.Request) -> web.Response:
        self.asked += 1
        query = request.query
        start = int(query.get("start") or int(query.get("page", 0)) * 3 or query.get("after") or 0)
        rest = str(start + 3) if start + 3 < len(PEOPLE) else None
        link = {"Link": f'<{request.path}?name=x&after={rest}>; rel="next"'} if rest else {}
        return said({"rows": PEOPLE[start : start + 3], "next": rest}, headers=link)


@pytest.mark.parametrize(
    "paging",
    [
        "{kind: offset, query: start, size: 3}",
        "{kind: page, query: page, size: 3}",
        "{kind: cursor, query: after, next: $.next}",
        "{kind: link}",
    ],
)
async def test_every_page_is_read(paging: str, tmp_path: Path) -> None:
    pages = Counted()
    text = SMALL.replace('"$.rows[*]"}', f'"$.rows[*]", paging: {paging}}}')
    async with own(pages, tmp_path, text) as crm:
        found = await crm.find_contacts(Search(name="Иван"))
    assert ([int(each.id) for each in found], pages.asked) == (list(range(7)), 3)


async def test_a_next_page_elsewhere_does_not_get_our_login(tmp_path: Path) -> None:
    text = SMALL.replace('"$.rows[*]"}', '"$.rows[*]", paging: {kind: link, next: $.next}}')
    elsewhere = {"rows": PEOPLE[:1], "next": "http://127.0.0.2:9/steal"}
    async with own(lambda _: said(elsewhere), tmp_path, text) as crm:
        with pytest.raises(CrmRefused, match="another host"):
            await crm.find_contacts(Search(name="Иван"))


async def test_an_id_cannot_leave_its_place_in_the_path(tmp_path: Path) -> None:
    seen: list[str] = []

    def handler(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return said({}, 404)

    async with own(handler, tmp_path) as crm:
        await crm.update_contact("../admin?x=1#y", {"name": "x"})
    assert seen == ["/api/people/..%2Fadmin%3Fx%3D1%23y"]


@pytest.mark.parametrize("id", ["", ".", ".."])
async def test_an_id_that_would_be_another_address_is_refused(id: str, tmp_path: Path) -> None:
    async with own(lambda _: said({}), tmp_path) as crm:
        outcome = await crm.update_contact(id, {"name": "x"})
    assert (outcome.verdict, "no part of an address" in outcome.detail) == (Verdict.REFUSED, True)


async def test_a_write_carries_its_key(tmp_path: Path) -> None:
    keys: list[str] = []

    def handler(request: web.Request) -> web.Response:
        keys.append(request.headers.get("X-Request-Key", ""))
        return said({"id": 5})

    async with own(handler, tmp_path) as crm:
        made = await crm.create_contact({"name": "x"}, "own/pbx-1.1/upsert/contact")
    assert (made.result, keys) == ("5", ["own/pbx-1.1/upsert/contact"])


FORMS: Final = """
phones: {search: [e164, digits, national, local, formatted]}
lead:
  row: {id: $.id, phones: $.phone}
  search: {phone: {get: /leads, query: {phone: "{{ asked }}"}, rows: "$[*]"}}
"""


@pytest.mark.proves("S0-11")
@pytest.mark.parametrize(
    "stored", ["+79161234567", "79161234567", "89161234567", "9161234567", "8 (916) 123-45-67"]
)
async def test_a_number_is_found_in_whatever_form_the_crm_keeps_and_compares_it(
    stored: str, tmp_path: Path
) -> None:
    def handler(request: web.Request) -> web.Response:
        """Compares letter by letter, and finds a stranger too."""
        found = [{"id": 7, "phone": stored}] if request.query["phone"] == stored else []
        return said([*found, {"id": 8, "phone": "+79161234560"}])

    async with own(handler, tmp_path, FORMS) as crm:
        found = await crm.find_leads(Search(phone="8 916 123-45-67"))
    assert [(each.id, each.phones) for each in found] == [("7", ("+79161234567",))]


STEPS: Final = """
calls:
  log:
    first: [{name: place, get: /place, take: {id: $.id}}]
    post: /calls
    body: {place: "{{ place.id }}"}
    id: $.id
    then: [{each: "{{ ids.contact }}", post: "/calls/{{ id }}/links", body: {to: "{{ item }}"}}]
"""
PLACE, CALL, LINK = "GET /api/place", "POST /api/calls", "POST /api/calls/9/links"


@pytest.mark.parametrize(
    ("failing", "verdict", "after"),
    [
        ("", Verdict.ACCEPTED, [PLACE, CALL, LINK, LINK]),
        ("/api/place", Verdict.TRY_LATER, [PLACE]),
        ("/api/calls", Verdict.UNCLEAR, [PLACE, CALL]),
        ("/api/calls/9/links", Verdict.TRY_LATER, [PLACE, CALL, LINK]),
    ],
    ids=["all is well", "before it", "itself", "after it"],
)
async def test_steps_around_a_write_may_be_repeated_and_the_write_may_not(
    failing: str, verdict: Verdict, after: list[str], tmp_path: Path
) -> None:
    asked: list[str] = []

    def handler(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        return said({}, 500) if request.path == failing else said({"id": 9})

    entities = (ref("contact", "1"), ref("contact", "2"))
    async with own(handler, tmp_path, STEPS) as crm:
        outcome = await crm.log_call(call(), None, entities, "own/pbx-1.1/log_call/call")
    assert (outcome.verdict, asked) == (verdict, after)


async def test_a_write_whose_last_step_failed_is_not_sent_again(tmp_path: Path) -> None:
    asked: list[str] = []

    def handler(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        return said({}, 503) if asked.count(LINK) == 1 else said({"id": 9})

    async with own(handler, tmp_path, STEPS) as crm:
        for _ in range(2):
            outcome = await crm.log_call(
                call(), None, (ref("contact", "1"),), "own/1/log_call/call"
            )
    assert (outcome.result, asked.count(CALL), asked.count(LINK)) == ("9", 1, 2)


ERRORS: Final = """
errors:
  - {status: [409], path: $.code, is: [double], verdict: refused, advice: merge them}
  - {path: $.ok, is: ["false"], verdict: try_later, retry_after: 9}
  - {header: X-Locked, contains: "yes", verdict: try_later}
"""


@pytest.mark.parametrize(
    ("status", "data", "headers", "verdict", "says"),
    [
        (409, {"code": "double"}, {}, Verdict.REFUSED, "merge them"),
        (409, {"code": "other"}, {}, Verdict.REFUSED, "HTTP 409"),
        (200, {"ok": False}, {}, Verdict.TRY_LATER, "HTTP 200"),
        (423, {}, {"X-Locked": "YES"}, Verdict.TRY_LATER, "HTTP 423"),
        (400, {"message": "no room for +79161234567"}, {}, Verdict.REFUSED, "+7916***4567"),
        (401, {}, {}, Verdict.NEEDS_LOGIN, "HTTP 401"),
        (500, {}, {}, Verdict.UNCLEAR, "HTTP 500"),
        (503, {}, {}, Verdict.TRY_LATER, "HTTP 503"),
        (302, {}, {"Location": "/x"}, Verdict.REFUSED, "elsewhere"),
        (200, {}, {}, Verdict.UNCLEAR, "no id"),
    ],
)
async def test_an_answer_means_what_the_table_says(
    status: int,
    data: Any,
    headers: dict[str, str],
    verdict: Verdict,
    says: str,
    tmp_path: Path,
) -> None:
    async with own(lambda _: said(data, status, headers), tmp_path, ERRORS) as crm:
        outcome = await crm.create_contact({"name": "x"}, "k")
    assert (outcome.verdict, says in outcome.detail) == (verdict, True), outcome


async def test_a_page_of_html_in_place_of_an_answer_is_trouble_for_now(tmp_path: Path) -> None:
    page = lambda _: web.Response(text="<html>maintenance</html>")  # noqa: E731
    async with own(page, tmp_path) as crm:
        with pytest.raises(CrmUnavailable, match="no JSON"):
            await crm.find_contacts(Search(name="x"))


@pytest.mark.parametrize(("rows", "good"), [(20_000, True), (200_000, False)])
async def test_a_large_answer_is_read_whole_or_not_at_all(
    rows: int, good: bool, tmp_path: Path
) -> None:
    data = {"rows": [{"id": number, "name": "Иван"} for number in range(rows)]}
    async with own(lambda _: said(data), tmp_path) as crm:
        if good:
            assert len(await crm.find_contacts(Search(name="Иван"))) == rows
        else:
            with pytest.raises(CrmRefused, match="smaller pages"):
                await crm.find_contacts(Search(name="Иван"))


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
    tokens: Tokens, folder: Path, auth: str, port: int | None = None
) -> AsyncIterator[DeclarativeCrm]:
    """At the same `port` it is the same CRM."""
    app = web.Application()
    app.router.add_post("/token", tokens.token)
    app.router.add_get("/api/people", tokens.people)
    async with TestServer(app, port=port) as server:
        tokens.port = server.port
        settings = DeclarativeSettings(
            file=Path("own.yml"),
            folder=folder,
            settings={"url": str(server.make_url("")).rstrip("/")},
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
ASSERTION: Final = """
auth: {kind: oauth2, grant: jwt, token_url: "{{ settings.url }}/token",
       assertion: {kind: jwt, key: "{{ settings.key }}", claims: {iss: me, sub: "{{ 'anna' }}"}}}
"""


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
