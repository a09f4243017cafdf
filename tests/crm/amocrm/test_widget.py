"""The widget in a real browser, on a page that loads it as amoCRM does: a click becomes a call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from playwright.async_api import Browser, Page, async_playwright

from bridge.app.pages import Shelves
from bridge.cli import main
from bridge.crm.amocrm import AmoCrm, AmoCrmSettings
from bridge.crm.amocrm.widget import packed
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.web.app import serving
from bridge.web.live import LiveBoard
from bridge.web.room import Room
from bridge.web.settings import WebSettings
from tests.crm.amocrm.harness import CLICK_TOKEN
from tests.web.conftest import StoredCalls
from tests.web.test_browser import QUIET

# As the account's page does: an object for the widget, its words, its settings, and a click.
LOADER = """<!doctype html><body><a id="number" href="#">+7 916 123-45-67</a><ul id="told"></ul>
<script>
  const told = (kind, text) => document.getElementById("told").insertAdjacentHTML(
    "beforeend", `<li class="${kind}">${text}</li>`);
  window.APP = {
    constant: (name) => ({user: {id: 504141}})[name],
    notifications: {
      show_notification: (said) => told("good", said.text.text),
      show_message_error: (said) => told("bad", said.text),
    },
  };
  const actions = {}, page = %s;
  window.define = (needs, made) => {
    const widget = made();
    widget.prototype.get_settings = () => page.settings;
    widget.prototype.i18n = (part) => page.words[part];
    widget.prototype.add_action = (kind, action) => { actions[kind] = action; };
    const one = new widget();
    one.callbacks.render();
    one.callbacks.init();
    one.callbacks.bind_actions();
  };
  document.getElementById("number").addEventListener("click", (event) => {
    event.preventDefault();
    actions.phone({value: event.target.textContent, type: "phone"});
  });
</script><script src="/script.js"></script></body>"""


@dataclass
class Hook:
    """Our hook of this destination, as the daemon has it."""

    crm: AmoCrm
    came: list[CallRequest] = field(default_factory=list)

    def ask(self, number: str, *, user: str | None, extension: str | None) -> str | Unfulfilled:
        return Unfulfilled.PBX_AWAY

    async def hooked(self, destination: str, headers: Mapping[str, str], body: bytes) -> bool:
        self.came += await self.crm.hooked(headers, body)
        return destination == self.crm.name

    def origins(self, destination: str) -> frozenset[str]:
        return self.crm.origins


@dataclass
class Account:
    """A page of the account with the widget that was uploaded to it."""

    page: Page
    hook: Hook
    address: str
    settings: dict[str, str]

    async def click(self) -> tuple[str, str]:
        """How the page tells of it, and in which words."""
        await self.page.goto(self.address)
        await self.page.click("#number")
        said = self.page.locator("#told li")
        await said.first.wait_for()
        return await said.first.get_attribute("class") or "", await said.first.inner_text()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(QUIET)
        )
        yield chromium
        await chromium.close()


@pytest.fixture
async def account(browser: Browser) -> AsyncIterator[Account]:
    settings: dict[str, str] = {"token": CLICK_TOKEN}
    archive = ZipFile(BytesIO(packed("admin@acme.example")))
    words = json.loads(archive.read("i18n/en.json"))

    async def shown(_: web.Request) -> web.Response:
        loaded = LOADER % json.dumps({"settings": settings, "words": words})
        return web.Response(text=loaded, content_type="text/html")

    async def script(_: web.Request) -> web.Response:
        return web.Response(body=archive.read("script.js"), content_type="text/javascript")

    app = web.Application()
    app.add_routes([web.get("/", shown), web.get("/script.js", script)])
    async with TestServer(app) as server:
        page = str(server.make_url("/"))
        hook = Hook(AmoCrm(_settings(page)))
        room = Room(
            calls=StoredCalls(),
            recordings=Shelves({}),
            live=LiveBoard(),
            settings=WebSettings(port=0),
            asking=hook,
        )
        async with serving(room) as address:
            settings["address"] = f"{address}/hooks/amocrm"
            yield Account(await browser.new_page(), hook, page, settings)


def _settings(page: str) -> AmoCrmSettings:
    given = {"account": page, "token": "t", "click": {"token": CLICK_TOKEN}}
    return AmoCrmSettings.model_validate(given)


@pytest.mark.proves("S1-25", "S1-26")
async def test_a_click_on_a_number_asks_for_a_call_of_whoever_clicked(account: Account) -> None:
    kind, words = await account.click()
    (request,) = account.hook.came
    assert (request.user, request.number, kind, "Your phone rings" in words) == (
        "504141",
        "+7 916 123-45-67",
        "good",
        True,
    )


async def test_whoever_clicks_is_told_why_nothing_is_called(account: Account) -> None:
    good, said = dict(account.settings), []
    for change in (
        {"token": "another"},
        {"token": ""},
        {"address": "http://127.0.0.1:9/hooks/amocrm"},
    ):
        account.settings |= {**good, **change}
        said.append(await account.click())
    words = json.loads(ZipFile(BytesIO(packed(""))).read("i18n/en.json"))["said"]
    told = [("bad", words[name]) for name in ("refused", "unset", "unreached")]
    assert (said, account.hook.came) == (told, [])


async def test_a_page_of_somebody_else_s_cannot_call(account: Account) -> None:
    account.hook.crm.origins = frozenset({"https://acme.amocrm.ru"})
    kind, words = await account.click()
    assert (kind, "not reached" in words, account.hook.came) == ("bad", True, [])


def test_the_command_packs_all_that_an_account_asks_for(tmp_path: Path) -> None:
    file = tmp_path / "widget.zip"
    result = CliRunner().invoke(main, ["amocrm", "widget", "--out", str(file)])
    manifest: dict[str, Any] = json.loads(ZipFile(file).read("manifest.json"))
    assert (result.exit_code, set(ZipFile(file).namelist())) == (
        0,
        {"manifest.json", "script.js", "i18n/en.json", "i18n/ru.json"}
        | {f"images/logo{size}.png" for size in ("", "_main", "_small", "_medium", "_min")},
    )
    assert set(manifest["settings"]) == {"address", "token"}


def test_both_languages_say_the_same_things() -> None:
    archive = ZipFile(BytesIO(packed("")))
    english, russian = (json.loads(archive.read(f"i18n/{name}.json")) for name in ("en", "ru"))
    assert {part: set(words) for part, words in english.items()} == {
        part: set(words) for part, words in russian.items()
    }


def test_a_place_that_cannot_be_written_exits_with_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["amocrm", "widget", "--out", str(tmp_path / "no" / "x")])
    assert (result.exit_code, "cannot be written" in result.output) == (2, True)
