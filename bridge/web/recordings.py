"""Recordings over HTTP: for the page's players, for programs, and by signed links for strangers.

A path is never made of what a request says: an id is looked up, and the shelf names the file.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bridge.recordings.links import PATH
from bridge.recordings.shelf import MEDIA_TYPES
from bridge.web.answers import as_json, error
from bridge.web.doors import shown
from bridge.web.ports import Json
from bridge.web.room import ROOM, Room

routes = web.RouteTableDef()

_API = "/api/v1/calls/{call_id}/recordings"
# A CRM's page plays a shared recording from its own origin.
_KINDS = "(?:" + "|".join(map(re.escape, MEDIA_TYPES)) + ")?"
_SHARED = {"Cross-Origin-Resource-Policy": "cross-origin", "X-Robots-Tag": "noindex"}


@routes.get("/recordings/{id:.+}")
async def recording(request: web.Request) -> web.StreamResponse:
    """The recording's file; parts of it by range requests, so that a player can seek."""
    return await _file(request.app[ROOM], request.match_info["id"])


@routes.get(_API)
async def recordings(request: web.Request) -> web.Response:
    """Every recording of a call: its state, in words too, and where its sound is."""
    room = request.app[ROOM]
    record = await room.calls.one(request.match_info["call_id"])
    if record is None:
        return error(404, "there is no such call")
    details = await room.calls.details([record["call_id"]])
    told = [
        {
            **item,
            "detail": details.get((record["call_id"], item["id"]), ""),
            "href": _href(record["call_id"], item) if playable(item) else None,
        }
        for item in record["recordings"]
    ]
    return as_json({"recordings": shown(request, told)})


@routes.get(_API + "/{id}")
async def recording_of_call(request: web.Request) -> web.StreamResponse:
    """The sound of one recording of one call."""
    found = await _of_call(request)
    if found is None:
        return error(404, "there is no such recording")
    return found


@routes.get(PATH + "{call_id}/{id:[^/]+?}{kind:" + _KINDS + "}")
async def shared(request: web.Request) -> web.StreamResponse:
    """The sound behind a link that we signed; to anybody until it expires."""
    links = request.app[ROOM].links
    asked = request.query.get("until", ""), request.query.get("sign", "")
    call_id, id = request.match_info["call_id"], request.match_info["id"]
    if links is None or not links.allows(call_id, id, *asked, datetime.now(UTC)):
        raise web.HTTPForbidden(text="This link has expired, or is not whole.\n")
    found = await _of_call(request)
    if found is None:
        raise web.HTTPGone(text="This recording is not kept any more.\n")
    found.headers.update(_SHARED)
    return found


def playable(recording: Json) -> bool:
    """Whether our copy is there to be heard."""
    return recording["state"] in ("ready", "delivered") and bool(recording["file"])


async def _of_call(request: web.Request) -> web.StreamResponse | None:
    room, id = request.app[ROOM], request.match_info["id"]
    record = await room.calls.one(request.match_info["call_id"])
    if record is None or id not in [item["id"] for item in record["recordings"]]:
        return None
    try:
        return await _file(room, id, record["pbx"])
    except web.HTTPNotFound:
        return None


async def _file(room: Room, id: str, pbx: str | None = None) -> web.StreamResponse:
    """Raises HTTPNotFound."""
    found = await asyncio.to_thread(room.recordings.find, id, pbx)
    if found is None:
        raise web.HTTPNotFound
    kind = MEDIA_TYPES.get(found.suffix, MEDIA_TYPES[".bin"])
    return web.FileResponse(found, headers={"Content-Type": kind, "Cache-Control": "private"})


def _href(call_id: str, recording: dict[str, Any]) -> str:
    return f"/api/v1/calls/{quote(call_id, safe='')}/recordings/{quote(recording['id'], safe='')}"
