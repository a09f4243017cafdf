"""What asks for calls in the portal: clicks, posted events, and the address they come to."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.call_requests import CallRequest
from bridge.domain.ports import HookRefused
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import Call

LINE = "74952000000"


class Address:
    """Our public address: hands each POST to the connector, as the daemon's web server does."""

    def __init__(self, crm: Bitrix24) -> None:
        self.crm, self.came = crm, asyncio.Queue[tuple[CallRequest, ...] | HookRefused]()

    async def take(self, request: web.Request) -> web.Response:
        try:
            self.came.put_nowait(await self.crm.hooked(request.headers, await request.read()))
        except HookRefused as refusal:
            self.came.put_nowait(refusal)
        return web.Response()

    async def next(self) -> tuple[CallRequest, ...]:
        came = await asyncio.wait_for(self.came.get(), 5)
        if isinstance(came, HookRefused):
            raise came
        return came


def click(portal: Portal, user: int = 2, number: str = made.CLIENT, contact: int = 0) -> Call:
    kind = "contact" if contact else ""
    return portal.click(portal.state.users[user], number, LINE, kind, contact)


def posted(portal: Portal, event: str, data: dict[str, str], **forged: str) -> bytes:
    """One event as the portal posts it; `forged` takes the place of what it says of itself."""
    auth: dict[str, Any] = {**portal.auth.block(1), **forged}
    stamp = forged.get("ts", str(int(portal.clock())))
    pairs = {
        "event": event,
        "ts": stamp,
        **{f"data[{key}]": value for key, value in data.items()},
        **{f"auth[{key}]": value for key, value in auth.items() if key != "ts"},
    }
    return urlencode(pairs).encode()
