"""A gate before Odoo, on loopback: what passes is Odoo's own, and it can be put into trouble."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

Method = tuple[str, str]  # model, method
Tape = list[tuple[dict[str, Any], Any]]  # what was asked, and all that Odoo answered
Handler = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
_RETRY_AFTER: Final = 7
_FOR_EVER: Final = 1_000_000


@dataclass
class Trouble:
    """What meets these calls (all, where none is named): `times` of them, after the first few."""

    meets: Handler
    only: frozenset[Method] = frozenset()
    times: int = _FOR_EVER
    after: int = 0
    struck: int = 0

    def strikes(self, method: Method) -> bool:
        if self.only and method not in self.only:
            return False
        self.after -= 1
        return self.after < 0 and self.struck < self.times


def method_of(params: dict[str, Any]) -> Method:
    if params["method"] != "execute_kw":
        return "", params["method"]
    model, method = params["args"][3:5]
    return model, method


class Gate:
    """`seen` counts the calls of each model and method; `tape` holds what passed."""

    def __init__(self, odoo: str) -> None:
        self._odoo = odoo
        self._trouble: Trouble | None = None
        self._over = asyncio.Event()
        self.seen: Counter[Method] = Counter()
        self.tape: Tape = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Its address."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/jsonrpc", self._receive)
        async with ClientSession() as self._session, TestServer(app) as server:
            self.url = str(server.make_url("/")).rstrip("/")
            yield self.url

    @asynccontextmanager
    async def trouble(
        self, meets: Handler, *only: Method, times: int = _FOR_EVER, after: int = 0
    ) -> AsyncIterator[Trouble]:
        self._over.clear()
        self._trouble = Trouble(meets, frozenset(only), times, after)
        try:
            yield self._trouble
        finally:
            self._trouble = None
            self._over.set()

    # What may meet a call
    async def unavailable(self, request: web.Request, call: dict[str, Any]) -> web.Response:
        return web.Response(status=503, text="<html>Bad day</html>", content_type="text/html")

    async def quota(self, request: web.Request, call: dict[str, Any]) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": str(_RETRY_AFTER)})

    async def wrong_password(self, request: web.Request, call: dict[str, Any]) -> web.Response:
        """Odoo itself refuses it."""
        call["params"]["args"][2] = "changed since"
        return await self._pass(call)

    async def lost(self, request: web.Request, call: dict[str, Any]) -> web.StreamResponse:
        """Odoo does it, and its answer never comes."""
        await self._pass(call)
        return await self.silent(request, call)

    async def silent(self, request: web.Request, call: dict[str, Any]) -> web.StreamResponse:
        """Odoo never hears of it."""
        await self._over.wait()
        return web.Response(status=504)

    async def cut(self, request: web.Request, call: dict[str, Any]) -> web.StreamResponse:
        """Odoo does it, and the connection breaks before it answers."""
        await self._pass(call)
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def false(self, request: web.Request, call: dict[str, Any]) -> web.Response:
        """As an Odoo says it that is set up in another way."""
        return web.json_response({"jsonrpc": "2.0", "id": call["id"], "result": False})

    def odd(self, result: Any) -> Handler:
        """Odoo does it, and says something else."""

        async def meets(request: web.Request, call: dict[str, Any]) -> web.Response:
            await self._pass(call)
            return web.json_response({"jsonrpc": "2.0", "id": call["id"], "result": result})

        return meets

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        call = await request.json()
        params = call["params"]
        method = method_of(params)
        self.seen[method] += 1
        trouble = self._trouble
        if trouble is None or not trouble.strikes(method):
            return await self._pass(call)
        trouble.struck += 1
        return await trouble.meets(request, call)

    async def _pass(self, call: dict[str, Any]) -> web.Response:
        async with self._session.post(f"{self._odoo}/jsonrpc", json=call) as answer:
            body = await answer.read()
            self.tape.append((call["params"], json.loads(body)))
            kept = {name: answer.headers[name] for name in ("Date", "Content-Type")}
            return web.Response(status=answer.status, body=body, headers=kept)
