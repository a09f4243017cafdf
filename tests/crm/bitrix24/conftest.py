"""A portal whose clock stands, with Anna and Boris, and the connector as its local application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.crm.bitrix24 import Bitrix24
from bridge.crm.bitrix24.settings import ClickSettings, LeadSettings
from bridge.domain.call_requests import CallRequest
from bridge.storage.store import open_store
from tests.crm.bitrix24.clicking import Address
from tests.crm.bitrix24.harness import NOON, PATIENT, furnish, settings
from tests.crm.bitrix24.office import Office
from tests.portals.bitrix24.clock import Clock
from tests.portals.bitrix24.portal import Portal

Connect = Callable[..., Bitrix24]


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with Portal(Clock(NOON), allowance=PATIENT) as portal:
        furnish(portal)
        yield portal


@pytest.fixture
async def connect(portal: Portal, tmp_path: Path) -> AsyncIterator[Connect]:
    """A connector of this portal; a second one is the same program after a restart."""
    made: list[Bitrix24] = []
    first = settings(portal, tmp_path / "tokens", timeout=2.0, upload_timeout=2.0)

    def anew(**others: Any) -> Bitrix24:
        crm = Bitrix24(first.model_copy(update=others), portal.clock)
        made.append(crm)
        return crm

    yield anew
    for crm in made:
        await crm.close()


@pytest.fixture
def crm(connect: Connect) -> Bitrix24:
    return connect()


@pytest.fixture
async def office(connect: Connect, portal: Portal, tmp_path: Path) -> AsyncIterator[Office]:
    portal.add_field("lead", "UF_CRM_PIPELINE")
    crm = connect(lead=LeadSettings(pipeline_field="UF_CRM_PIPELINE"))
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        yield Office(store, crm, portal, tmp_path)


@pytest.fixture
def believing(connect: Connect, portal: Portal) -> Bitrix24:
    """A connector that knows how to tell the portal's events from others."""
    return connect(
        application_token=SecretStr(portal.auth.application_token),
        member_id=portal.auth.member_id,
        click=ClickSettings(poll=0.01),
    )


@pytest.fixture
async def address(believing: Bitrix24) -> AsyncIterator[tuple[Address, str]]:
    handler = Address(believing)
    app = web.Application()
    app.router.add_post("/hooks/bitrix24", handler.take)
    async with TestServer(app) as server:
        yield handler, str(server.make_url("/hooks/bitrix24"))


@pytest.fixture
async def polled(connect: Connect, portal: Portal) -> AsyncIterator[AsyncIterator[CallRequest]]:
    """The requests out of the queue, once the connector has asked the portal for its events."""
    requests = connect(click=ClickSettings(poll=0.01)).requests()
    waiting = asyncio.ensure_future(anext(requests))
    await portal.until(lambda: portal.received("event.offline.get") > 0)

    async def all() -> AsyncIterator[CallRequest]:
        yield await waiting
        async for request in requests:
            yield request

    yield all()
    waiting.cancel()
