"""An ARI that does as it is told: a real HTTP server on loopback with its WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from ssl import SSLContext
from typing import Any, Self

from aiohttp import BasicAuth, WSMsgType, web
from aiohttp.test_utils import TestServer

from bridge.ari.settings import AriSettings

USER, PASSWORD, APP = "bridge", "4f1c0d9e77ab", "bridge"


def channel(uniqueid: str = "1.1", name: str = "PJSIP/101-00000001", **more: Any) -> dict[str, Any]:
    """A channel as ARI describes one."""
    plain = {"state": "Up", "caller": {"name": "", "number": "101"}, "dialplan": {}}
    return {"id": uniqueid, "name": name, **plain, **more}


def event(kind: str, **fields: Any) -> str:
    """One event of the WebSocket."""
    return json.dumps({"type": kind, "timestamp": "2026-11-28T10:00:00.000+0000", **fields})


class FakeAri:
    """`lists` is what GET answers, by path; `statuses` replaces an answer by an error; `asked`
    holds every request. `before` runs before a list is answered."""

    def __init__(self, tls: SSLContext | None = None) -> None:
        self._tls = tls
        self.lists: dict[str, Any] = {"channels": [], "bridges": [], "endpoints": []}
        self.statuses: dict[str, int] = {}
        self.started = "2026-11-28T09:00:00.000+0000"
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.before: Callable[[str], Any] = lambda path: None
        self.deaf = False
        self.sockets: list[web.WebSocketResponse] = []
        application = web.Application()
        application.router.add_get("/ari/events", self._events)
        application.router.add_route("*", "/ari/{path:.*}", self._answer)
        self._server = TestServer(application, skip_url_asserts=True)

    async def __aenter__(self) -> Self:
        await self._server.start_server(ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.drop()
        await self._server.close()

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._server.port}"

    def settings(self, **other: Any) -> AriSettings:
        known = {"url": self.url, "username": USER, "password": PASSWORD}
        return AriSettings(**{**known, **other})

    async def send(self, *events: str) -> None:
        """Send events on the newest connection."""
        for one in events:
            await self.sockets[-1].send_str(one)

    def drop(self) -> None:
        """Every WebSocket is cut off, as by the network."""
        for socket in self.sockets:
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()

    def _refused(self, request: web.Request) -> int | None:
        auth = request.headers.get("Authorization", "")
        known = auth and BasicAuth.decode(auth) == (USER, PASSWORD, "latin1")
        return self.statuses.get(request.path.removeprefix("/ari/")) or (None if known else 401)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if status := self._refused(request):
            return web.Response(status=status)
        socket = web.WebSocketResponse(autoping=not self.deaf)
        await socket.prepare(request)
        self.sockets.append(socket)
        self.asked.append(("GET", "events", dict(request.query)))
        async for came in socket:
            assert came.type in (WSMsgType.PING, WSMsgType.TEXT)
        return socket

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.asked.append((request.method, path, dict(request.query)))
        if status := self._refused(request):
            return web.Response(status=status)
        await _maybe(self.before(path))
        if path == "asterisk/info":
            return web.json_response({"status": {"startup_time": self.started}})
        collection, _, name = path.partition("/")
        if collection == "applications" and name and "/" not in name:
            return web.json_response({"name": name})
        if request.method != "GET":
            return web.Response(status=204)
        found = self.lists.get(path)
        return web.Response(status=404) if found is None else web.json_response(found)


async def _maybe(result: Any) -> None:
    if asyncio.iscoroutine(result):
        await result
