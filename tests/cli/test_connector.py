"""`asterisk-bridge connector test`: a CRM held to the contract."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner, Result

from bridge.cli import main
from bridge.web.face import Face
from tests.crm.builtin.harness import BuiltinHarness
from tests.crm.declarative.described import SHIPPED
from tests.portals.amocrm import Allowance, Portal

PLAIN = str(SHIPPED / "plain.yml")


def hurried(folder: Path, was: str = "", now: str = "") -> str:
    """The description of the plain protocol for a CRM that may be asked at any rate."""
    text = (SHIPPED / "plain.yml").read_text("utf-8")
    text = text.replace("rate: 20, burst: 40", "rate: 9000, burst: 9000").replace(was, now, 1)
    file = folder / "hurried.yml"
    file.write_text(text, "utf-8")
    return str(file)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """A CRM that speaks the plain protocol, and holds a client already."""
    behind = BuiltinHarness(folder)
    app = web.Application()
    app.add_routes(Face(behind.crm, folder / "recordings").routes())
    async with behind.running(), TestServer(app) as server:
        await behind.crm.create_contact({"name": "Иван Ёлкин", "phone": "+79161234567"}, "here")
        yield str(server.make_url("/api/v1/crm"))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address; it serves in a thread of its own, as another program does."""
    folder = tmp_path_factory.mktemp("crm")
    ready, over = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    address: list[str] = []

    async def serve() -> None:
        async with served(folder) as at:
            address.append(at)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    yield address[0]
    loop.call_soon_threadsafe(over.set)
    thread.join(30)
    loop.close()


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["connector", *arguments], env=environment)


@pytest.mark.proves("S2-17", "S2-24", "S2-26")
def test_a_crm_with_people_in_it_is_held_to_the_contract(url: str, tmp_path: Path) -> None:
    given = ("--set", f"url={url}", "--lost-stage", "lost")
    found = run("test", hurried(tmp_path), *given, CONNECTOR_TOKEN="t")
    assert found.exit_code == 0, found.output
    assert "find_contacts" in found.output
    assert "FINDING" not in found.output
    assert "in its name" in found.output


def test_a_check_that_nobody_can_make_is_left_out_with_the_reason(url: str, tmp_path: Path) -> None:
    given = ("--json", "--only", "update_deal", "--set", f"url={url}", "--set", "token=t")
    found = run("test", hurried(tmp_path), *given)
    rows = [json.loads(line) for line in found.output.splitlines()]
    left = {row["detail"] for row in rows if row["result"] == "left out"}
    assert left == {"no stage is known that closes a deal: --lost-stage"}


def test_a_crm_that_does_otherwise_is_a_finding(url: str, tmp_path: Path) -> None:
    """A description that reads the owner of contacts where there is none."""
    wrong = hurried(tmp_path, "owner: $.owner", "owner: $.boss")
    given = ("--only", "update_contact", "--set", f"url={url}", "--set", "token=t")
    found = run("test", wrong, *given)
    assert found.exit_code == 1
    assert "FINDING" in found.output
    assert "finding: update_contact: only the named fields change" in found.output


RENEWED = """
crm: Own
settings: {url: {}}
base: "{{ settings.url }}"
auth: {kind: oauth2, grant: refresh, token_url: "{{ settings.url }}/token", client_id: me,
       refresh_token: r0}
limits: {rate: 9000, burst: 9000}
lookup: {get: /people, rows: "$.rows[*]", match: {kind: "{{ 'contact' }}", id: $.id}}
"""


class Renewing:
    """A CRM of nobody with a token server: each refresh token is good once."""

    def __init__(self, name: str) -> None:
        self.name, self.good = name, "r0"
        self.asked: list[str] = []
        self.rows: list[dict[str, str]] = []
        self.phones: list[dict[str, str]] = []

    async def token(self, request: web.Request) -> web.Response:
        told = str((await request.post())["refresh_token"])
        self.asked.append(told)
        if told != self.good:
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.good = f"{self.name}{len(self.asked)}"
        return web.json_response({"access_token": "t", "expires_in": 1, "refresh_token": self.good})

    async def people(self, request: web.Request) -> web.Response:
        known = request.query.get("phone") == "+79161234567"
        return web.json_response({"rows": self.rows if known else []})

    async def index(self, request: web.Request) -> web.Response:
        return web.json_response({"rows": self.phones})

    def server(self) -> TestServer:
        app = web.Application()
        app.add_routes([web.post("/token", self.token), web.get("/people", self.people)])
        app.router.add_get("/phones", self.index)
        return TestServer(app)


LEAST = """
crm: Own
settings: {url: {}}
base: "{{ settings.url }}"
limits: {rate: 9000, burst: 9000}
lookup: {get: /people, query: {phone: "{{ asked }}"}, rows: "$.rows[*]",
         match: {kind: "{{ 'contact' }}", id: $.id}}
"""
INDEX = """
index:
  phones: {get: /phones, rows: "$.rows[*]", phone: $.phone, next: $.next, since: $.since}
  changes: {get: /changes, rows: "$.rows[*]", phone: $.phone, cursor: $.cursor}
  match: {kind: "{{ 'contact' }}", id: $.id}
"""


@pytest.mark.parametrize(
    ("only", "alive", "code", "says"),
    [
        ("lookup", True, 0, "lookup  1 of 2"),
        ("lookup", False, 2, "cannot be asked"),
        ("find_deals", True, 2, "nothing was checked: no check of find_deals"),
        ("find_deals", False, 2, "cannot be asked"),
    ],
)
async def test_the_least_description_is_asked_too(
    only: str, alive: bool, code: int, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "least.yml"
    file.write_text(LEAST, "utf-8")
    async with Renewing("a").server() as server:
        url = str(server.make_url("")).rstrip("/") if alive else "http://127.0.0.1:9"
        found = await asyncio.to_thread(
            run, "test", str(file), "--set", f"url={url}", "--only", only
        )
    assert (found.exit_code, says in found.output) == (code, True), found.output


FOUND = """
find: {get: /made, query: {key: "{{ key }}"}, id: $.id}
"""


async def test_a_method_that_no_check_judged_is_told_as_not_checked(tmp_path: Path) -> None:
    """What a key made is checked by contacts or leads."""
    file = tmp_path / "least.yml"
    file.write_text(LEAST + FOUND, "utf-8")
    async with Renewing("a").server() as server:
        given = ("--set", f"url={server.make_url('')}".rstrip("/"), "--only", "find")
        told = await asyncio.to_thread(run, "test", str(file), *given)
        alike = await asyncio.to_thread(
            run, "test", str(file), *given, "--only", "lookup", "--json"
        )
    assert (told.exit_code, "find    not checked" in told.output) == (2, True), told.output
    rows = [json.loads(line) for line in alike.output.splitlines()]
    assert [(row["method"], row["result"]) for row in rows] == [
        ("lookup", "passed"),
        ("lookup", "left out"),
        ("find", "not checked"),
    ]


@pytest.mark.parametrize(
    ("client", "code", "says"),
    [
        ("8 916 123-45-67", 0, "lookup  2 of 2"),
        ("+79161234568", 1, "finding: lookup: somebody who is there is known"),
        ("12", 2, "--client 12: write a whole number"),
    ],
)
async def test_somebody_who_is_there_already_is_looked_up(
    client: str, code: int, says: str, tmp_path: Path
) -> None:
    """What only lists calls and knows callers cannot make anybody."""
    file = tmp_path / "least.yml"
    file.write_text(LEAST, "utf-8")
    crm = Renewing("a")
    crm.rows = [{"id": "7"}]
    async with crm.server() as server:
        given = ("--set", f"url={server.make_url('')}".rstrip("/"), "--only", "lookup")
        found = await asyncio.to_thread(run, "test", str(file), *given, "--client", client)
    assert (found.exit_code, says in found.output) == (code, True), found.output


@pytest.mark.parametrize(
    ("phones", "code", "says"),
    [
        (
            [],
            2,
            "is known to the lookup: the index holds no number",
        ),
        ([{"phone": "+79161234567", "id": "7"}], 0, "phones  1 of 1"),
        ([{"phone": "+79161234567", "id": "8"}], 1, "finding: phones: a number of the index"),
    ],
    ids=["empty", "good", "another client"],
)
async def test_the_index_of_a_crm_in_which_nobody_can_be_made_is_checked_by_its_lookup(
    phones: list[dict[str, str]], code: int, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "least.yml"
    file.write_text(LEAST + INDEX, "utf-8")
    crm = Renewing("a")
    crm.rows, crm.phones = [{"id": "7"}], phones
    async with crm.server() as server:
        given = ("--set", f"url={server.make_url('')}".rstrip("/"), "--only", "phones")
        found = await asyncio.to_thread(run, "test", str(file), *given)
    assert (found.exit_code, says in found.output) == (code, True), found.output


def test_nothing_checked_is_no_line_of_json(tmp_path: Path) -> None:
    file = tmp_path / "least.yml"
    file.write_text(LEAST, "utf-8")
    told = run("test", str(file), "--set", "url=http://a", "--only", "find_deals", "--json")
    assert (told.exit_code, told.stdout) == (2, "")


async def test_tokens_of_two_accounts_are_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one is tested, the other, and the first again."""
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "renewed.yml"
    file.write_text(RENEWED, "utf-8")
    one, other = Renewing("a"), Renewing("b")
    async with one.server() as first, other.server() as second:
        for server in (first, second, first):
            given = ("--only", "probe", "--set", f"url={server.make_url('')}".rstrip("/"))
            found = await asyncio.to_thread(run, "test", str(file), *given)
            assert found.exit_code == 0, found.output
    assert [told[:1] for told in other.asked] == ["r", *"b" * (len(other.asked) - 1)]
    assert [told[:1] for told in one.asked] == ["r", *"a" * (len(one.asked) - 1)]
    assert len(one.asked) > len(other.asked)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--set", "token=t"], "write `url` under `settings`"),
        (["--set", "url=http://127.0.0.1:9", "--set", "token=t"], "cannot be asked"),
        (["--destination", "own"], "this key is not known"),
        (["--only", "find_contcats"], "there are: find_contacts"),
        (["--set", "url"], "write --set NAME=VALUE; plain protocol asks for: url, token"),
        (["--set", "ulr=http://a", "--set", "token=t"], "has no setting 'ulr'; it has: token, url"),
        (["--set", "url=crm", "--set", "token=t"], "as https://crm.example.org"),
        (["--region", "ZZ"], "'ZZ' is no country's code of two letters, as RU or GB"),
        (["--recording-url", "rec.wav"], "write an address"),
        (["--destination", "own", "--set", "url=http://a"], "with --destination"),
    ],
    ids=[
        *("a setting is missing", "nobody answers", "no configuration", "no such check"),
        *("no value", "no such setting", "no address", "no country", "no recording", "both"),
    ],
)
def test_what_cannot_be_asked_exits_with_2(given: list[str], says: str) -> None:
    found = run("test", PLAIN, *given)
    assert (found.exit_code, says in found.output) == (2, True), found.output


ACCOUNT = """
pbx: [{{name: office, username: bridge, secret: not asked by this}}]
web: {{public_url: "https://pbx.example.org", link_secret: 0123456789abcdef0123456789abcdef}}
destinations:
  - recordings: link
    crm: {{kind: amocrm, account: "{url}", token: {token}, folder: {folder}, burst: 1000}}
"""


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (("--recording-url", "https://calls.example/1.mp3"), 0, "attach_recording  2 of 2"),
        ((), 2, "its own: no address of a recording is known: --recording-url"),
    ],
    ids=["an address", "none"],
)
async def test_a_crm_of_a_configuration_that_takes_recordings_by_their_address_alone(
    given: tuple[str, ...], code: int, says: str, tmp_path: Path
) -> None:
    async with Portal(allowance=Allowance(per_second=10_000)) as portal:
        file = tmp_path / "bridge.yml"
        known = {"url": portal.url, "token": portal.auth.long_lived, "folder": tmp_path}
        file.write_text(ACCOUNT.format(**known), "utf-8")
        asked = ("--destination", "amocrm", "--only", "attach_recording", *given)
        found = await asyncio.to_thread(run, "test", str(file), *asked)
    assert (found.exit_code, says in found.output) == (code, True), found.output


def test_a_configuration_in_place_of_a_description_is_told_so() -> None:
    found = run("test", str(SHIPPED.parent / "asterisk-bridge.yml"))
    assert (found.exit_code, "one of its CRMs with --destination" in found.output) == (2, True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--pipeline", "sails"], "there is no pipeline 'sails'; there is: sales"),
        (["--lost-stage", "lots"], "there is no stage of sales 'lots'; there is: "),
        (["--first-stage", "nwe"], "there is no stage of sales 'nwe'; there is: "),
    ],
)
def test_what_the_crm_does_not_have_is_told_before_anything_is_made(
    given: list[str], says: str, url: str, tmp_path: Path
) -> None:
    found = run("test", hurried(tmp_path), "--set", f"url={url}", "--set", "token=t", *given)
    assert (found.exit_code, says in found.output) == (2, True), found.output


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("", "nothing here is of use to the bridge: write `lookup`"),
        (INDEX, "index: nobody can be looked up: write `lookup` too"),
    ],
    ids=["nothing", "an index alone"],
)
def test_a_description_that_is_of_no_use_is_told_so(more: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "least.yml"
    file.write_text(LEAST.partition("lookup:")[0] + more, "utf-8")
    found = run("test", str(file), "--set", "url=http://127.0.0.1:9")
    assert (found.exit_code, says in found.output) == (2, True), found.output


def test_a_crm_that_is_asked_for_nothing_else_is_asked_by_the_probe(tmp_path: Path) -> None:
    file = tmp_path / "my crm.yml"
    file.write_text(LEAST, "utf-8")
    found = run("test", str(file), "--set", "url=http://127.0.0.1:9", "--only", "probe")
    told = "the CRM is not reached: 127.0.0.1:9: Connection refused" in found.output
    assert (found.exit_code, told) == (2, True), found.output
