"""Where calls are asked for: our API, for any button that can post, and the hooks of the CRMs."""

from __future__ import annotations

import logging
from typing import Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.domain.call_requests import Unfulfilled
from bridge.domain.ports import HookRefused
from bridge.web.answers import as_json, error
from bridge.web.bodies import whole
from bridge.web.doors import VISITOR
from bridge.web.room import ROOM, Room

MOST_BYTES: Final = 64 * 1024
_ALLOWED: Final = "Access-Control-Allow-Origin"

_Answer = TypeVar("_Answer", bound=web.Response)

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
    try:
        return _readable(request, await _hooked(request))
    except web.HTTPException as raised:
        raise _readable(request, raised) from None


@routes.options("/hooks/{destination}")
async def may_post(request: web.Request) -> web.Response:
    """A browser asks whether a script of a CRM's page may post here, with a token."""
    answer = _readable(request, web.Response(status=204))
    if _ALLOWED in answer.headers:
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
        answer.headers["Access-Control-Max-Age"] = "600"
    return answer


async def _hooked(request: web.Request) -> web.Response:
    asking = request.app[ROOM].asking
    name = request.match_info["destination"]
    body = await whole(request)
    try:
        taken = asking is not None and await asking.hooked(name, request.headers, body)
    except HookRefused as why:
        _log.warning("a post to the hook of %s is refused: %s", name, why)
        return error(403, "this is not what the CRM would post; the log of the daemon says why")
    return as_json({"ok": True}) if taken else error(404, "no destination of this name takes posts")


def _readable(request: web.Request, answer: _Answer) -> _Answer:
    """The script that asked may read the answer, if its page is one of the CRM's."""
    asking, page = request.app[ROOM].asking, request.headers.get("Origin")
    if page and asking and page in asking.origins(request.match_info["destination"]):
        answer.headers[_ALLOWED] = page
        answer.headers["Vary"] = "Origin"
    return answer


def _asked(room: Room, wanted: Wanted) -> str | Unfulfilled:
    if room.asking is None:
        return Unfulfilled.PBX_AWAY
    return room.asking.ask(wanted.number, user=wanted.user, extension=wanted.extension)
