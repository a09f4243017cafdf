"""Where calls are asked for: our API, for any button that can post, and the hooks of the CRMs."""

from __future__ import annotations

import logging
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.domain.call_requests import Unfulfilled
from bridge.domain.ports import HookRefused
from bridge.web.answers import as_json, error
from bridge.web.bodies import whole
from bridge.web.doors import VISITOR
from bridge.web.room import ROOM, Room

MOST_BYTES: Final = 64 * 1024

_WHY: Final = {
    Unfulfilled.NO_EXTENSION: (
        409,
        "this user has no extension here: name one under `users` of the destination, or ask by"
        " `extension`",
    ),
    Unfulfilled.BAD_NUMBER: (400, "this is no phone number: write it as +79161234567"),
    Unfulfilled.PBX_AWAY: (
        503,
        "no PBX can make the call now: set `click` under `pbx`, and see /readyz for its AMI link",
    ),
}

_log = logging.getLogger(__name__)

routes = web.RouteTableDef()


class Wanted(BaseModel):
    """Who should call whom: a user of the CRM, or an extension."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(min_length=2, max_length=64)
    user: str | None = Field(None, min_length=1, max_length=64)
    extension: str | None = Field(None, pattern=r"^[0-9*#]{2,8}$")


@routes.post("/api/v1/calls")
async def ask(request: web.Request) -> web.Response:
    """Ring the agent's phone, and call the number once it is taken up."""
    room = request.app[ROOM]
    try:
        wanted = Wanted.model_validate_json(await whole(request))
    except ValidationError:
        return error(400, 'write {"number": "+79161234567", "extension": "101"}')
    if (wanted.user is None) is (wanted.extension is None):
        return error(400, "name either `user` or `extension`")
    made = _asked(room, wanted)
    _log.info("%s asked for a call: request %s", request[VISITOR].name, made)
    return error(*_WHY[made]) if isinstance(made, Unfulfilled) else as_json({"id": made}, 202)


@routes.post("/hooks/{destination}")
async def hook(request: web.Request) -> web.Response:
    """What a CRM posts to us."""
    asking = request.app[ROOM].asking
    name = request.match_info["destination"]
    body = await whole(request)
    try:
        taken = asking is not None and await asking.hooked(name, request.headers, body)
    except HookRefused as why:
        _log.warning("a post to the hook of %s is refused: %s", name, why)
        return error(403, "this is not what the CRM would post; the log of the daemon says why")
    return as_json({"ok": True}) if taken else error(404, "no destination of this name takes posts")


@routes.options("/hooks/{destination}")
async def may_post(request: web.Request) -> web.Response:
    """A browser asks whether a script of a CRM's page may post here, with a token."""
    answer = web.Response(status=204)
    if _page_of_a_crm(request):
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
        answer.headers["Access-Control-Max-Age"] = "600"
    return answer


async def let_scripts_read(request: web.Request, answer: web.StreamResponse) -> None:
    """The script that asked may read whatever is answered, if its page is one of the CRM's."""
    if page := _page_of_a_crm(request):
        answer.headers["Access-Control-Allow-Origin"] = page
        answer.headers["Vary"] = "Origin"


def _page_of_a_crm(request: web.Request) -> str | None:
    asking, page = request.app[ROOM].asking, request.headers.get("Origin")
    name = request.match_info.get("destination")
    if not (asking and page and name and request.path.startswith("/hooks/")):
        return None
    return page if page in asking.origins(name) else None


def _asked(room: Room, wanted: Wanted) -> str | Unfulfilled:
    if room.asking is None:
        return Unfulfilled.PBX_AWAY
    return room.asking.ask(wanted.number, user=wanted.user, extension=wanted.extension)
