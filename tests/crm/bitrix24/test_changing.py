"""The portal tells of a client that changes, and what has changed is read then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.crm.bitrix24 import Bitrix24
from bridge.crm.bitrix24.settings import ClickSettings
from tests.crm.bitrix24.conftest import Connect
from tests.crm.contract import made
from tests.portals.bitrix24 import creation
from tests.portals.bitrix24.portal import Portal


@pytest.fixture
async def crm(connect: Connect, portal: Portal) -> AsyncIterator[Bitrix24]:
    """A connector to whose address the portal posts, once it was asked to."""

    async def take(request: web.Request) -> web.Response:
        await one.hooked(request.headers, await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/hooks/bitrix24", take)
    async with TestServer(app) as server:
        one = connect(
            application_token=SecretStr(portal.auth.application_token),
            member_id=portal.auth.member_id,
            click=ClickSettings(address=str(server.make_url("/hooks/bitrix24")), poll=60),
        )
        asking = asyncio.ensure_future(anext(one.requests()))
        await portal.until(lambda: portal.received("event.offline.get") > 0)
        yield one
        asking.cancel()


async def told(crm: Bitrix24, since: str) -> dict[str, list[str]]:
    """Each number that changed, and who stores it now, once the portal has told of it."""
    await asyncio.wait_for(crm.changed(since), 5)
    return {
        change.phone: [match.entity.id for match in change.matches]
        async for change in crm.changes(since)
    }


@pytest.mark.proves("S0-12")
async def test_a_client_is_known_in_a_moment_and_forgotten_in_another(
    crm: Bitrix24, portal: Portal
) -> None:
    since = (await crm.phones(None)).since
    contact = portal.add("contact", made.CLIENT, NAME="Vera")
    creation.tell(portal.state, "contact", "ADD", contact)
    assert await told(crm, since) == {made.CLIENT: [str(contact)]}
    creation.delete(portal.state, "contact", contact)
    assert await told(crm, since) == {made.CLIENT: []}
