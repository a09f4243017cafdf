"""A portal that sends us elsewhere: to its new name, or to a page that says it will be back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.crm.bitrix24 import Bitrix24
from bridge.crm.bitrix24.moving import near
from bridge.domain.commands import Verdict
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.test_client import kept
from tests.crm.contract.made import key, lead
from tests.portals.bitrix24.portal import Portal


@pytest.mark.parametrize(
    ("given", "host", "believed"),
    [
        ("acme.bitrix24.ru", "acme-new.bitrix24.ru", True),
        ("acme.bitrix24.ru", "acme.bitrix24.com.br", True),
        ("crm.acme.ru", "acme.bitrix24.eu", True),
        ("crm.acme.ru", "portal.acme.ru", True),
        ("crm.acme.ru", "acme.ru", True),
        ("acme.ru", "crm.acme.ru", True),
        ("acme.bitrix24.ru", "hoster.example", False),
        ("acme.bitrix24.ru", "bitrix24.ru.evil.example", False),
        ("acme.bitrix24.ru", "acme.notbitrix24.ru", False),
        ("acme.ru", "evil.ru", False),
        ("acme.co.uk", "evil.co.uk", False),
        ("10.0.0.1", "11.0.0.1", False),
    ],
)
def test_only_a_host_of_bitrix24_or_beside_the_portal_is_believed(
    given: str, host: str, believed: bool
) -> None:
    assert near(given, host) is believed


@pytest.fixture
async def maintenance() -> AsyncIterator[str]:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>We will be back</html>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", page)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def verdict(crm: Bitrix24) -> Verdict:
    return (await crm.create_lead(lead(), key())).verdict


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_maintenance_page_is_forgotten_once_the_portal_is_back(
    connect: Connect, portal: Portal, maintenance: str, restarted: bool
) -> None:
    crm, home = connect(), portal.url
    await crm.users()
    portal.moved_from.add(portal._port)
    portal.state.url = maintenance
    assert await verdict(crm) is not Verdict.ACCEPTED
    portal.moved_from.clear()
    portal.state.url = home
    assert await verdict(connect() if restarted else crm) is Verdict.ACCEPTED


async def test_a_move_to_a_stranger_is_told_in_words_and_brings_no_token_there(
    connect: Connect, portal: Portal, maintenance: str, tmp_path: Path
) -> None:
    crm = connect()
    await crm.users()
    portal.moved_from.add(portal._port)
    portal.state.url = maintenance.replace("127.0.0.1", "localhost")
    outcome = await crm.create_lead(lead(), key())
    assert (
        outcome.verdict,
        "sends us to localhost" in outcome.detail,
        kept(tmp_path)["portal"],
    ) == (
        Verdict.TRY_LATER,
        True,
        "",
    )


async def test_a_portal_that_moved_back_is_found_where_the_configuration_says(
    connect: Connect, portal: Portal, tmp_path: Path
) -> None:
    crm, home, first = connect(), portal.url, portal._port
    await portal.rename()
    assert await verdict(crm) is Verdict.ACCEPTED
    later = connect()
    await portal.go_down()
    portal.moved_from.clear()
    portal._port = first
    await portal.come_up()
    assert (await verdict(later), await verdict(later), portal.url) == (
        Verdict.TRY_LATER,
        Verdict.ACCEPTED,
        home,
    )
    assert kept(tmp_path)["portal"] == ""


async def test_another_portal_in_the_configuration_counts_more_than_the_kept_address(
    connect: Connect, portal: Portal
) -> None:
    await connect().users()
    await portal.rename()
    await connect().users()
    assert await verdict(connect(portal="http://127.0.0.1:9")) is Verdict.TRY_LATER


@pytest.mark.parametrize("spoilt", ["http://[", "https://", "acme", "http://a:b/", "ftp://x.y"])
async def test_a_kept_address_that_cannot_be_read_gives_way_to_the_configuration(
    connect: Connect, portal: Portal, tmp_path: Path, spoilt: str
) -> None:
    await connect().users()
    file = next((tmp_path / "tokens").glob("*.json"))
    moved = {"portal": spoilt, "moved_from": portal.url}
    file.write_text(json.dumps(json.loads(file.read_text()) | moved))
    crm = connect()
    assert (len(await crm.users()), await verdict(crm)) == (2, Verdict.ACCEPTED)
    assert kept(tmp_path)["portal"] == ""
