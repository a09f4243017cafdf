"""A recording that was shared by its link plays in a page of another origin, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page

from tests.web.conftest import Office, finished
from tests.web.test_browser import browser, office

__all__ = ["browser", "office"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("browser")]

RECORD = finished()


@pytest_asyncio.fixture(loop_scope="module")
async def crm_page(office: Office) -> AsyncIterator[str]:
    """A page of another origin, a CRM's card, that plays a shared recording."""
    office.store(RECORD)
    assert office.room.links is not None
    link = office.room.links.url(RECORD.call_id, "rec-1", datetime.now(UTC))
    address = office.address + link

    async def card(_: web.Request) -> web.Response:
        audio = f'<audio controls preload="none" src="{address}"></audio>'
        return web.Response(text=f"<!doctype html>{audio}", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", card)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, crm_page: str) -> AsyncIterator[Page]:
    page = await browser.new_page()
    await page.goto(crm_page)
    yield page
    await page.close()


async def test_a_shared_recording_plays_and_seeks_in_the_page_of_a_crm(page: Page) -> None:
    audio = page.locator("audio")
    await audio.evaluate(
        """it => new Promise((done, failed) => {
            it.addEventListener("seeked", () => { it.pause(); done(); }, {once: true});
            it.ontimeupdate = () => { it.ontimeupdate = null; it.currentTime = 2; };
            it.play().catch(failed);
        })"""
    )
    assert await audio.evaluate("it => it.currentTime") == pytest.approx(2.0, abs=0.2)
    assert await audio.evaluate("it => it.duration") == pytest.approx(3.0, abs=0.05)
