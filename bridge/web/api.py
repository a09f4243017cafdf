"""The HTTP API, the stream of live calls, and the addresses of those who watch."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from aiohttp import web

from bridge.agi.command import fitted
from bridge.domain.routes import Asked
from bridge.web.answers import as_json, error
from bridge.web.contract import openapi
from bridge.web.doors import shown, sought
from bridge.web.live import Follower, Message
from bridge.web.ports import Health
from bridge.web.room import ROOM

MOST_CALLS: Final = 500
_HEARTBEAT: Final = 15.0  # seconds: a proxy closes a stream that is silent for a minute or so

routes = web.RouteTableDef()


@routes.get("/api/v1/calls")
async def calls(request: web.Request) -> web.Response:
    """Finished calls, newest first: `limit`, `before` (the `next` of an earlier answer), and what
    is looked for (`bridge.web.seeking`)."""
    room = request.app[ROOM]
    limit = request.query.get("limit", str(room.settings.rows))
    if not limit.isdecimal() or len(limit) > 3 or not 1 <= int(limit) <= MOST_CALLS:
        return error(400, f"limit must be a number from 1 to {MOST_CALLS}")
    try:
        which = sought(request)
    except ValueError as problem:
        return error(400, str(problem))
    page = await room.calls.page(int(limit), request.query.get("before"), which)
    return as_json({"calls": shown(request, list(page.records)), "next": page.next})


@routes.get("/api/v1/calls/{call_id}")
async def call(request: web.Request) -> web.Response:
    """One finished call."""
    room = request.app[ROOM]
    record = await room.calls.one(request.match_info["call_id"])
    if record is None:
        return error(404, "there is no such call")
    return as_json(shown(request, record))


@routes.get("/api/v1/live")
async def live(request: web.Request) -> web.StreamResponse:
    """Server-sent events: `snapshot` with the calls in progress, then `call`, `gone`, `finished`.

    A reader that falls behind is sent away; it comes again and gets a new snapshot.
    """
    room = request.app[ROOM]
    if room.live.followers >= room.settings.streams:
        return error(503, "too many streams are open; close a page")
    stream = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    with room.live.following() as follower, suppress(ConnectionError):  # the reader may leave
        snapshot = [each.to_json() for each in room.live.calls()]
        await stream.prepare(request)
        await stream.write(_event("snapshot", shown(request, snapshot)))
        while (message := await _next(follower)) is not None:
            await stream.write(_event(message.event, shown(request, message.data)))
    return stream


@routes.get("/api/v1/route")
async def route(request: web.Request) -> web.Response:
    """Whom to ring, for a dialplan without AGI: `number`, `did`. One line of URI-encoded fields
    (dialplan/ask-curl.conf), whatever happens."""
    words = {word: value for word, value in request.query.items() if value}
    asked = Asked(number=words.get("number"), did=words.get("did"), words=words)
    decision = await request.app[ROOM].routes.route(asked)
    fields = fitted(decision.variables(), lambda text: len(_field(text))).values()
    text = ",".join(["BRIDGE", *map(_field, fields)])
    return web.Response(text=text, headers={"Cache-Control": "no-store"})


@routes.get("/api/v1/openapi.json")
async def document(request: web.Request) -> web.Response:
    """What all of this promises."""
    return as_json(openapi())


@routes.get("/livez")
async def livez(request: web.Request) -> web.Response:
    """Whether the daemon runs."""
    return _health(request.app[ROOM].watch.live())


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """Whether the daemon does its work: what stands behind it answers."""
    return _health(request.app[ROOM].watch.ready())


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """Counters for Prometheus."""
    exposition = request.app[ROOM].watch.metrics()
    return web.Response(body=exposition.body, headers={"Content-Type": exposition.content_type})


def _field(text: str) -> str:
    return quote(text, safe="")


def _health(health: Health) -> web.Response:
    return as_json({"ok": health.ok, **health.facts}, 200 if health.ok else 503)


async def _next(follower: Follower) -> Message | None:
    """The next message, a sign of life when there is none for a while, None at the end."""
    try:
        async with asyncio.timeout(_HEARTBEAT):
            return await follower.get()
    except TimeoutError:
        return Message("alive", {})


def _event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
