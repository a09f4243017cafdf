"""Who may come in: each address asks for its right, by token or by a login on the page."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession, CookieJar
from pydantic import SecretStr

from bridge.web import visitors
from bridge.web.app import serving, web_app
from bridge.web.rights import ADDRESSES, ALL, LOOKING, OPEN, Right, asked_for
from bridge.web.settings import Token, WebSettings
from bridge.web.tries import MOST, WITHIN, Tries
from tests.web.conftest import Office, finished

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWNER = "5d1f0c6e88aa4b07"
TOKENS = {right.value: f"only-{right.value}-7f1c0d9e" for right in Right}
HTML = {"Accept": "text/html"}

Refused = {401, 403}


def only(*rights: Right) -> dict[str, Token]:
    return {"it": Token(token=SecretStr("a-token-of-its-own"), rights=rights)}


@pytest.fixture
def settings() -> WebSettings:
    """A token for everything, one for each right, and one for each that has all others."""
    tokens = {
        name: Token(token=SecretStr(secret), rights=(Right(name),))
        for name, secret in TOKENS.items()
    }
    others = {
        f"no-{right}": Token(token=SecretStr(f"no-{right}"), rights=tuple(ALL - {right}))
        for right in Right
    }
    return WebSettings(port=0, token=SecretStr(OWNER), tokens=tokens | others)


@dataclass
class Visit:
    office: Office
    session: ClientSession

    async def status(self, method: str, path: str, token: str = "", **headers: str) -> int:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        asked = self.session.request(
            method, path, headers=bearer | headers, allow_redirects=False, data=b"{}"
        )
        async with asked as answer:
            return answer.status

    async def login(self, token: str, next: str = "/", **headers: str) -> tuple[int, str, str]:
        """Status, where to, and the cookie as it is set."""
        ours = {"Origin": str(self.session._base_url).rstrip("/")}
        form = {"token": token, "next": next}
        asked = self.session.post(
            "/session", data=form, headers=ours | headers, allow_redirects=False
        )
        async with asked as answer:
            where = answer.headers.get("Location", "")
            return answer.status, where, answer.headers.get("Set-Cookie", "")


@pytest.fixture
async def visit(office: Office) -> AsyncIterator[Visit]:
    office.store(finished())
    async with ClientSession(office.address, cookie_jar=CookieJar(unsafe=True)) as session:
        yield Visit(office, session)


def test_every_address_has_its_line_in_the_table_and_no_other_has(office: Office) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in web_app(office.room).router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served == set(ADDRESSES)


def test_an_address_without_a_line_asks_for_every_right() -> None:
    assert asked_for("GET", "/forgotten") == ALL


def path_of(address: str) -> str:
    """An address of this form."""
    return (
        address.replace("{call_id}", finished().call_id)
        .replace("{id}", "rec-1")
        .replace("{list}", "contacts")
        .replace("{kind}", "contact")
    )


@pytest.mark.proves("S0-46", "S0-47")
async def test_each_address_opens_to_its_right_and_to_no_other(visit: Visit) -> None:
    got: dict[tuple[str, str], tuple[int, int, bool]] = {}
    closed = {key: right for key, rights in ADDRESSES.items() for right in rights}
    for (method, address), right in closed.items():
        path = path_of(address)
        if address == "/api/v1/live":
            continue  # answers for ever to whoever may; the table of rows below has it
        got[method, address] = (
            await visit.status(method, path),
            await visit.status(method, path, f"no-{right}"),
            await visit.status(method, path, TOKENS[right]) in Refused,
        )
    assert got == {key: (401, 403, False) for key in closed if key[1] != "/api/v1/live"}


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", "/", OWNER, 200),
        ("GET", "/", "", 401),
        ("GET", "/", "guessed", 401),
        ("GET", "/", "é\udcff".encode("utf-8", "replace").decode(), 401),
        ("HEAD", "/", "", 401),
        ("GET", "/", TOKENS["watch"], 403),
        ("GET", "/api/v1/live", TOKENS["recordings"], 403),
        ("GET", "/api/v1/calls", TOKENS["calls"], 200),
        ("POST", "/api/v1/calls", TOKENS["calls"], 403),
        ("POST", "/api/v1/calls", TOKENS["dial"], 400),
        ("GET", "/recordings/rec-1", TOKENS["calls"], 403),
        ("GET", "/recordings/rec-1", TOKENS["recordings"], 200),
        ("GET", "/nowhere", "", 404),
        ("DELETE", "/api/v1/calls", "", 405),
        *[("GET", path, "", 200) for path in ("/livez", "/readyz", "/session")],
        ("GET", "/static/page.css", "", 200),
        ("POST", "/hooks/crm", "", 404),
    ],
)
async def test_who_may_what(method: str, path: str, token: str, status: int, visit: Visit) -> None:
    assert await visit.status(method, path, token) == status


@pytest.mark.parametrize(("method", "address"), sorted(ADDRESSES))
def test_without_a_token_one_may_look_and_change_nothing(method: str, address: str) -> None:
    rights = asked_for(method, address)
    changes = method == "POST" and rights != OPEN
    closed = address.startswith(("/api/v1/applications", "/api/v1/crm"))
    assert (rights <= LOOKING) is not (changes or closed)


@pytest.mark.parametrize(
    ("method", "path", "shown", "status"),
    [
        ("GET", "/api/v1/route", f"{TOKENS['route']}:", 200),
        ("GET", "/api/v1/route", "guessed:", 401),
        ("GET", "/api/v1/route", f":{TOKENS['route']}", 401),
        ("POST", "/api/v1/calls", f"{OWNER}:", 401),
    ],
    ids=["reads", "a_wrong_one", "as_a_password", "changes_nothing"],
)
async def test_a_token_may_stand_in_the_place_of_a_user(
    method: str, path: str, shown: str, status: int, visit: Visit
) -> None:
    user = {"Authorization": f"Basic {b64encode(shown.encode()).decode()}"}
    assert await visit.status(method, path, **user) == status


async def test_a_page_says_which_right_a_token_lacks(visit: Visit) -> None:
    bearer = {"Authorization": f"Bearer {TOKENS['watch']}"}
    async with visit.session.get("/", headers=HTML | bearer) as answer:
        assert "The token watch lacks the right calls" in await answer.text()


async def test_who_may_not_hear_sees_no_player(visit: Visit) -> None:
    bearer = {"Authorization": f"Bearer {TOKENS['calls']}"}
    async with visit.session.get("/", headers=bearer) as answer:
        text = await answer.text()
    assert ("<audio" in text, "may not hear" in text) == (False, True)


async def test_a_person_is_led_to_the_login_and_back(visit: Visit) -> None:
    path = f"/calls/{finished().call_id}"
    async with visit.session.get(path, headers=HTML) as answer:
        form, where = await answer.text(), answer.url
    status, back, _ = await visit.login(OWNER, where.query["next"])
    assert ('name="token"' in form, status, back) == (True, 303, path)
    assert await visit.status("GET", path) == 200


async def test_the_cookie_is_for_nobody_but_us(visit: Visit) -> None:
    _, _, cookie = await visit.login(OWNER)
    _, _, over_tls = await visit.login(OWNER, **{"X-Forwarded-Proto": "https"})
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert (OWNER in cookie, "Secure" in over_tls) == (False, True)


@pytest.mark.parametrize("next", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
async def test_the_login_leads_to_no_other_site(next: str, visit: Visit) -> None:
    _, where, _ = await visit.login(OWNER, next)
    assert where == "/"


async def test_a_login_is_over_when_one_leaves(visit: Visit) -> None:
    await visit.login(OWNER)
    await visit.status("POST", "/session/end")
    assert await visit.status("GET", "/") == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 400),
    ],
)
async def test_a_foreign_page_changes_nothing_through_a_browser_that_is_in(
    headers: dict[str, str], status: int, visit: Visit
) -> None:
    await visit.login(OWNER)
    assert await visit.status("POST", "/api/v1/calls", **headers) == status


async def test_a_foreign_page_logs_nobody_in(visit: Visit) -> None:
    assert (await visit.login(OWNER, Origin="https://evil.example"))[0] == 403


OF_IT = WebSettings(tokens=only(Right.CALLS))
KEPT = visitors.session(OF_IT, visitors.Visitor("it", frozenset()), NOW)


@pytest.mark.parametrize(
    ("settings", "kept", "after", "rights"),
    [
        (OF_IT, KEPT, timedelta(hours=11), {Right.CALLS}),
        (WebSettings(tokens=only(Right.CRM)), KEPT, timedelta(), {Right.CRM}),
        (OF_IT, KEPT, timedelta(hours=12), None),
        (WebSettings(token=SecretStr(OWNER)), KEPT, timedelta(), None),
        (OF_IT, KEPT.replace(":", ":9", 1), timedelta(), None),
        (OF_IT, KEPT[:-1], timedelta(), None),
        (OF_IT, "it:9999999999:é", timedelta(), None),
        (OF_IT, "", timedelta(), None),
        (OF_IT, "it:" + "9" * 5000 + ":x", timedelta(), None),
    ],
)
def test_a_session_is_good_for_its_time_and_its_token(
    settings: WebSettings, kept: str, after: timedelta, rights: set[Right] | None
) -> None:
    found = visitors.of_session(settings, kept, NOW + after)
    assert (found.rights if found else None) == rights


async def test_a_token_that_is_taken_away_ends_its_sessions_at_once(visit: Visit) -> None:
    now = [visit.office.room.settings]
    room = replace(visit.office.room, read_anew=lambda: now[0])
    async with (
        serving(room) as address,
        ClientSession(address, cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        visit = Visit(visit.office, session)
        await visit.login(OWNER)
        before = await visit.status("GET", "/")
        now[0] = now[0].model_copy(update={"token": None})
        assert (before, await visit.status("GET", "/")) == (200, 401)


async def test_who_guesses_must_wait(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        guesses = [await visit.status("GET", "/", f"guess-{n}") for n in range(MOST + 1)]
    assert guesses == [401] * MOST + [429]
    assert (await visit.status("GET", "/", OWNER), (await visit.login(OWNER))[0]) == (429, 429)
    told = [line for line in caplog.messages if "wrong credential" in line]
    assert (len(told), "guess-1" in caplog.text, "127.0.0.1" in told[0]) == (MOST, False, True)


async def test_a_program_with_an_old_token_shuts_out_nobody(visit: Visit) -> None:
    old = [await visit.status("GET", "/", "an old one") for _ in range(3 * MOST)]
    assert (set(old), await visit.status("GET", "/", OWNER)) == ({401}, 200)


@pytest.mark.parametrize(
    ("peer", "after", "over"),
    [
        ("192.0.2.1", 1.0, True),
        ("192.0.2.1", WITHIN + 1, False),
        ("192.0.2.2", 1.0, False),
        ("unknown", 1.0, False),
    ],
)
def test_wrong_tokens_count_where_they_come_from(peer: str, after: float, over: bool) -> None:
    tries = Tries()
    for number in range(MOST):
        tries.wrong("192.0.2.1", f"guess-{number}", 0.0)
    assert tries.over(peer, after) is over


def test_one_network_of_ipv6_is_one_place() -> None:
    tries = Tries()
    for number in range(MOST):
        tries.wrong(f"2001:db8::{number}", f"guess-{number}", 0.0)
    assert (tries.over("2001:db8::ffff", 1.0), tries.over("2001:db8:0:1::1", 1.0)) == (True, False)


async def test_behind_a_proxy_that_we_know_each_visitor_counts_alone(visit: Visit) -> None:
    settings = WebSettings.model_validate({"port": 0, "token": OWNER, "proxies": ["127.0.0.1/32"]})
    room = replace(visit.office.room, settings=settings)
    async with serving(room) as address, ClientSession(address) as session:
        visit = Visit(visit.office, session)
        guesser: Mapping[str, str] = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
        for number in range(MOST):
            await visit.status("GET", "/", f"guess-{number}", **guesser)
        same, other = {"X-Forwarded-For": "198.51.100.7"}, {"X-Forwarded-For": "203.0.113.9"}
        statuses = [await visit.status("GET", "/", OWNER, **each) for each in (same, other)]
    assert statuses == [429, 200]


@pytest.mark.proves("S0-47")
@pytest.mark.parametrize(
    ("rights", "shown"),
    [((Right.CALLS,), "+7916***0001"), ((Right.CALLS, Right.NUMBERS), "+79161230001")],
)
async def test_numbers_are_whole_for_whoever_has_the_right(
    office: Office, rights: tuple[Right, ...], shown: str
) -> None:
    office.store(finished())
    settings = WebSettings(port=0, tokens=only(*rights), show_numbers=True)
    bearer = {"Authorization": "Bearer a-token-of-its-own"}
    async with serving(replace(office.room, settings=settings)) as address, ClientSession() as asks:
        for path in ("/", f"/calls/{finished().call_id}", "/api/v1/calls"):
            async with asks.get(f"{address}{path}", headers=bearer) as answer:
                assert shown in await answer.text()
