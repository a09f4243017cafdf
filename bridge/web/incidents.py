"""Incidents over HTTP: what lasts, and saying that one knows.

A program shows the token; a person presses a button on the page, or follows the signed link of a
message, which asks once more: mail servers open links to look at them.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bridge.web.answers import as_json, error
from bridge.web.doors import VISITOR, shown
from bridge.web.rights import Right
from bridge.web.room import ROOM, Room

_LONGEST_NAME: Final = 64
_LONGEST_ID: Final = 9  # digits: what every store counts as far as
_NOT_THERE: Final = "there is no such incident, or it is over"

routes = web.RouteTableDef()


@routes.get("/incidents")
async def page(request: web.Request) -> web.Response:
    """Incidents that last, for people."""
    room = request.app[ROOM]
    return room.page(
        "incidents.html",
        incidents=shown(request, list(await room.incidents.lasting())),
        may=Right.ACKNOWLEDGE in request[VISITOR].rights,
    )


@routes.post("/incidents/{id}/known")
async def know(request: web.Request) -> web.Response:
    """Who has come in on the page knows of it."""
    room = request.app[ROOM]
    if await room.incidents.acknowledge(_number(request), request[VISITOR].signed("")) is None:
        return _not_open(room)
    return web.Response(status=303, headers={"Location": "/incidents"})


@routes.get("/api/v1/incidents")
async def incidents(request: web.Request) -> web.Response:
    """Incidents that last, the newest first."""
    room = request.app[ROOM]
    return as_json({"incidents": shown(request, list(await room.incidents.lasting()))})


@routes.post("/api/v1/incidents/{id}/ack")
async def acknowledge(request: web.Request) -> web.Response:
    """A program says that somebody knows: `by` in the query names who, beside the token's name."""
    room = request.app[ROOM]
    by = request[VISITOR].signed(request.query.get("by", "")[:_LONGEST_NAME])
    id = _number(request)
    found = await room.incidents.acknowledge(id, by) if id else None
    return as_json(shown(request, found)) if found else error(404, _NOT_THERE)


@routes.get("/incidents/{id}/ack")
async def ask(request: web.Request) -> web.Response:
    """Whether the one who followed the link means it."""
    room = request.app[ROOM]
    if not _signed(room, request):
        return _old_link(room)
    return room.page("acknowledge.html", action=str(request.rel_url), id=request.match_info["id"])


@routes.post("/incidents/{id}/ack")
async def confirm(request: web.Request) -> web.Response:
    """The one who followed the link means it."""
    room = request.app[ROOM]
    if not _signed(room, request):
        return _old_link(room)
    found = await room.incidents.acknowledge(_number(request), "link")
    if found is None:
        return _not_open(room)
    text = "You know of it: there will be no reminders, and its end will be told."
    return room.page("trouble.html", title="Acknowledged", text=text)


def _signed(room: Room, request: web.Request) -> bool:
    until, sign = (request.query.get(name, "") for name in ("until", "sign"))
    return bool(_number(request)) and room.incidents.signed(_number(request), until, sign)


def _not_open(room: Room) -> web.Response:
    return room.page("trouble.html", 404, title="Not open", text=f"Here {_NOT_THERE}.")


def _old_link(room: Room) -> web.Response:
    text = (
        "This link is too old, or was changed on its way. Type on the machine instead:"
        " asterisk-bridge incidents ack ID"
    )
    return room.page("trouble.html", 403, title="Not a good link", text=text)


def _number(request: web.Request) -> int:
    """The id of the address; 0, which no incident has, for what is none."""
    id = request.match_info["id"]
    return int(id) if id.isascii() and id.isdecimal() and len(id) <= _LONGEST_ID else 0
