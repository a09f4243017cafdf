"""The page in a real browser: a call appears as it rings, its row when it ends, its sound plays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from pydantic import SecretStr

from bridge.domain.call_events import AgentRinging, CallFinished, CallStarted, TalkChanged
from bridge.domain.record import Client, Direction, Disposition, Recording, RecordingState
from bridge.web.app import serving
from bridge.web.settings import WebSettings
from tests.crm.contract import made
from tests.web.conftest import Office, finished, opened

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("browser")]

QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TOKEN: Final = "5d1f0c6e88aa4b07"
RECORD: Final = finished(name="Иван Ёлкин")
SECONDS: Final = 1000.0  # playwright counts milliseconds


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all of them; each test has a context of its own in it."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(QUIET)
        )
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="module")
async def office(tmp_path: Path, tone: Path, settings: WebSettings) -> AsyncIterator[Office]:
    """In the loop of the browser."""
    async with opened(tmp_path, tone, settings) as office:
        yield office


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    async with await browser.new_context() as context:
        yield context


@pytest_asyncio.fixture(loop_scope="module")
async def page(context: BrowserContext, office: Office) -> AsyncIterator[Page]:
    """The first page, which must not have complained about anything when the test is over."""
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if line.type == "error" else None,
    )
    async with page.expect_response("**/api/v1/live"):
        await page.goto(office.address)
    yield page
    assert complaints == []


def started() -> CallStarted:
    did = RECORD.did
    return CallStarted(datetime.now(UTC), RECORD.call_id, RECORD.direction, RECORD.client, did)


async def test_a_call_appears_as_it_rings_and_is_talked(page: Page, office: Office) -> None:
    live = page.locator("#live")
    await expect(live).to_contain_text("No calls at the moment")
    office.room.live.tell(started())
    office.room.live.tell(AgentRinging(datetime.now(UTC), RECORD.call_id, "101"))
    await expect(live).to_contain_text("ringing 101")
    await expect(live).to_contain_text("Иван Ёлкин")
    office.room.live.tell(TalkChanged(datetime.now(UTC), RECORD.call_id, ("101",)))
    await expect(live).to_contain_text("talks with 101")


async def test_what_a_script_tells_of_a_call_stands_beside_it(page: Page, office: Office) -> None:
    office.room.live.tell(started())
    office.room.live.note(RECORD.call_id, ("101", "102"), "owes <b>5</b> since May")
    notes = page.locator("#live .notes li")
    await expect(notes).to_have_text("101, 102 owes <b>5</b> since May")


async def test_a_call_that_ends_becomes_a_row(page: Page, office: Office) -> None:
    office.room.live.tell(started())
    await expect(page.locator("#live .call")).to_have_count(1)
    office.room.live.tell(CallFinished(RECORD))
    office.store(RECORD)
    await expect(page.locator("#live .call")).to_have_count(0)
    await expect(page.locator("#finished tr")).to_contain_text("+7916***0001")
    await expect(page.locator("#no-calls")).to_be_hidden()


async def test_a_recording_that_becomes_ready_gets_its_player(page: Page, office: Office) -> None:
    office.store(replace(RECORD, recordings=(Recording(id="rec-1"),)))
    await expect(page.locator("#finished")).to_contain_text("is being written")
    office.store(replace(RECORD, revision=2))
    await expect(page.locator("#finished audio")).to_be_visible()
    await expect(page.locator("#finished tr")).to_have_count(1)


@pytest.mark.proves("S1-28")
async def test_the_recording_plays(page: Page, office: Office) -> None:
    office.store(RECORD)
    audio = page.locator("#finished audio")
    await audio.evaluate(
        """it => new Promise((done, failed) => {
            it.ontimeupdate = () => it.currentTime > 0 && done();
            it.play().catch(failed);
        })"""
    )
    assert await audio.evaluate("it => it.duration") == pytest.approx(3.0, abs=0.05)


async def test_a_recording_that_plays_goes_on_when_its_row_changes(
    page: Page, office: Office
) -> None:
    office.store(RECORD)
    audio = page.locator("#finished audio")
    await audio.evaluate("it => it.play()")
    office.store(replace(RECORD, revision=2, responsible="102"))
    office.store(finished(2))
    await expect(page.locator("#finished tr")).to_have_count(2)
    assert await audio.last.evaluate("it => !it.paused")


async def test_a_player_seeks_in_the_recording(page: Page, office: Office) -> None:
    office.store(RECORD)
    audio = page.locator("#finished audio")
    await audio.evaluate(
        """it => new Promise(done => {
            it.preload = "auto";
            it.addEventListener("loadedmetadata", () => { it.currentTime = 2; }, {once: true});
            it.addEventListener("seeked", done, {once: true});
            it.load();
        })"""
    )
    assert await audio.evaluate("it => it.currentTime") == pytest.approx(2.0, abs=0.05)


async def test_a_hostile_name_does_nothing_in_a_browser(page: Page, office: Office) -> None:
    name = "<img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
    office.room.live.tell(replace_client(started(), Client(name=name, raw=name)))
    office.store(replace(RECORD, client=Client(name=name, raw=name)))
    await expect(page.locator("#live .name")).to_have_text(name)
    await expect(page.locator("#finished .name")).to_have_text(name)
    assert "pwned" not in await page.title()


async def test_a_name_of_a_page_s_length_leaves_room_for_the_other_calls(
    page: Page, office: Office
) -> None:
    named = replace(RECORD, client=replace(RECORD.client, name="Ж" * 5000))
    office.room.live.tell(replace(started(), client=named.client))
    office.store(named)
    for call in ("#live .call", "#finished tr"):
        await expect(page.locator(f"{call} .name")).to_have_attribute("title", "Ж" * 5000)
        # In one breath: the calls in progress may be drawn anew at any moment.
        height = await page.wait_for_function(
            "call => document.querySelector(call)?.getBoundingClientRect().height", arg=call
        )
        assert await height.json_value() < 200


async def test_what_ended_while_the_daemon_was_away_is_shown_after_all(
    page: Page, office: Office
) -> None:
    office.store(RECORD)
    await expect(page.locator("#finished tr")).to_have_count(1)
    office.room.live.close()
    office.calls.records.append(finished(2))
    await expect(page.locator("#finished tr")).to_have_count(2, timeout=30 * SECONDS)


async def test_the_page_follows_again_after_the_daemon_was_away(page: Page, office: Office) -> None:
    office.room.live.close()
    async with page.expect_request("**/api/v1/live", timeout=30 * SECONDS):
        pass
    office.room.live.tell(started())
    await expect(page.locator("#live .call")).to_have_count(1)


async def test_without_scripts_the_page_shows_the_moment_it_was_loaded(
    browser: Browser, office: Office
) -> None:
    office.store(RECORD)
    office.room.live.tell(started())
    async with await browser.new_context(java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto(office.address)
        await expect(page.locator("#live .call")).to_have_count(1)
        await expect(page.locator("#finished tr")).to_contain_text("2026-03-02 09:01:00")


@pytest.mark.parametrize("raw", [None, "W" * 80])
@pytest.mark.parametrize("width", [360, 1280])
async def test_nothing_is_wider_than_the_screen(
    page: Page, office: Office, width: int, raw: str | None
) -> None:
    long = "Общество с ограниченной ответственностью " * 3
    number = None if raw else "+79161234567"
    office.store(replace(RECORD, client=Client(number=number, raw=raw, name=long + "A" * 80)))
    office.room.live.tell(replace_client(started(), Client(number=number, raw=raw, name=long)))
    await page.set_viewport_size({"width": width, "height": 800})
    await expect(page.locator("#finished tr")).to_have_count(1)
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


@pytest.mark.parametrize("did", ["9" * 4000, "D " * 2000])
async def test_a_company_number_of_a_page_s_length_does_not_widen_the_table(
    page: Page, office: Office, did: str
) -> None:
    office.store(replace(RECORD, did=did))
    made.made(await office.crm.create_lead(replace(made.lead(), did=did), made.key()))
    await page.set_viewport_size({"width": 1280, "height": 800})
    await expect(page.locator("#finished tr")).to_have_count(1)
    for path in ("/", "/crm/leads"):
        await page.goto(office.address + path)
        too_wide = "it => it.scrollWidth > it.clientWidth || it.clientHeight > 200"
        assert not await page.locator(".table").evaluate(too_wide)
    await page.get_by_role("link", name="1", exact=True).click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 1280


async def test_why_there_is_no_sound_is_told_on_a_narrow_screen_too(
    page: Page, office: Office
) -> None:
    office.store(finished(recordings=(Recording(id="r", state=RecordingState.MISSING),)))
    office.store(finished(2, recordings=()))
    await page.set_viewport_size({"width": 360, "height": 800})
    await expect(page.get_by_text("recording is missing")).to_be_visible()
    await expect(page.locator("td span.quiet").first).to_be_hidden()


async def test_a_person_logs_in_and_is_asked_again_when_the_login_is_over(
    context: BrowserContext, office: Office
) -> None:
    office.store(RECORD)
    now = [WebSettings(port=0, token=SecretStr(TOKEN))]
    room = replace(office.room, settings=now[0], read_anew=lambda: now[0])
    async with serving(room) as address:
        page = await context.new_page()
        await page.goto(f"{address}/calls/{RECORD.call_id}")
        await page.get_by_label("Token").fill(TOKEN)
        await page.get_by_role("button", name="Come in").click()
        await expect(page.get_by_role("heading", name="Иван Ёлкин")).to_be_visible()
        await page.get_by_role("link", name="All calls").click()
        await expect(page.locator("#finished tr")).to_have_count(1)
        now[0] = WebSettings(port=0, token=SecretStr("another of today"))
        office.room.live.tell(started())
        await expect(page.get_by_label("Token")).to_be_visible()


def replace_client(event: CallStarted, client: Client) -> CallStarted:
    assert event.direction is Direction.INBOUND
    return replace(event, client=client)


async def test_a_person_looks_for_missed_calls(office: Office, page: Page) -> None:
    office.store(finished(2))
    office.store(finished(3, disposition=Disposition.MISSED))
    await page.goto(office.address)
    await page.get_by_label("Outcome").select_option("Missed")
    await page.get_by_role("button", name="Find").click()
    await expect(page.locator("#finished tr")).to_have_count(1)
    await page.get_by_role("link", name="All calls").click()
    await expect(page.locator("#finished tr")).to_have_count(2)
