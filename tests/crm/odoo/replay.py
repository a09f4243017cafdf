"""An Odoo that says again what a real one said, one answer of it bent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.crm.odoo.gate import Tape, method_of

_UNKNOWN: Final = {
    "code": 200,
    "message": "Odoo Server Error",
    "data": {"name": "builtins.ValueError", "message": "nobody asked for it before"},
}


class Replay:
    """What was asked word for word is answered so; else what the same method answered then."""

    def __init__(self, tape: Tape, bend: Callable[[Any], Any]) -> None:
        self._tape = list(tape)
        self._bend = bend

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Its address."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/jsonrpc", self._receive)
        async with TestServer(app) as server:
            yield str(server.make_url("/"))

    async def _receive(self, request: web.Request) -> web.Response:
        call = await request.json()
        answer = {**self._answer(call["params"]), "id": call["id"]}
        return web.json_response(self._bend(answer))

    def _answer(self, params: dict[str, Any]) -> dict[str, Any]:
        same = [row for row in self._tape if row[0] == params]
        alike = [row for row in self._tape if method_of(row[0]) == method_of(params)]
        for row in (*same, *alike):
            if len(alike) > 1:
                self._tape.remove(row)
            found: dict[str, Any] = row[1]
            return found
        return {"jsonrpc": "2.0", "error": _UNKNOWN}
