"""Doors: nobody gets past without the right that an address asks for; login and logout.

A program shows its token in a header, a person once in a form: the browser then keeps a cookie,
which changes something only when our own page sends it along.
"""

from __future__ import annotations

import logging
from asyncio import get_running_loop
from base64 import b64decode
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.web import visitors
from bridge.web.answers import error
from bridge.web.bodies import SENDER, whole
from bridge.web.rights import Right, Rights, asked_for
from bridge.web.room import ROOM, Room
from bridge.web.seeking import Sought
from bridge.web.tries import WITHIN, Tries, network, origin
from bridge.web.veil import veiled
from bridge.web.visitors import ANYBODY, NAMELESS, STRANGER, Visitor

COOKIE: Final = "bridge_session"
TRIES: Final = web.AppKey("tries", Tries)
VISITOR: Final = web.RequestKey("visitor", Visitor)

_BEARER: Final = "Bearer "
_BASIC: Final = "Basic "  # a token in the place of a user: http://TOKEN@host/…
_FIELDS: Final = 20  # of a form, at most
_WAIT: Final = "too many wrong tokens came from your address: wait a minute"
_NOT_WHOLE: Final = "The form did not come whole: send it again."
_UNREAD: Final = {
    400: "This is no form of this page: open it anew.",
    413: "This is larger than a form with a token: open the page anew.",
}
_FOREIGN: Final = "this was not sent by a page of ours; open the page, and try again"

_log = logging.getLogger(__name__)

routes = web.RouteTableDef()


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """To the handler, for whoever has the right; it finds the visitor under `VISITOR`."""
    found = request.match_info
    resource = found.route.resource
    if found.http_exception is not None or resource is None:
        return await handler(request)  # there is nothing, which the router says
    needed = asked_for(request.method, resource.canonical)
    visitor = _visitor(request) if needed else ANYBODY
    if isinstance(visitor, web.Response):
        return visitor
    request[VISITOR] = visitor
    request[SENDER] = "" if visitor.name else network(_peer(request))
    return await handler(request) if visitor.rights >= needed else _kept_out(request, needed)


def shown(request: web.Request, value: Any) -> Any:
    """What whoever comes may see of a value: without the right, numbers of clients are veiled."""
    return value if Right.NUMBERS in request[VISITOR].rights else veiled(value)


def sought(request: web.Request) -> Sought:
    """The calls that whoever comes looks for. Raises ValueError in words."""
    parts = Right.NUMBERS in request[VISITOR].rights
    return replace(request.app[ROOM].reading(), parts=parts).sought(request.query)


@routes.get("/session")
async def login(request: web.Request) -> web.Response:
    """A form for the token; who is in already may leave."""
    room = request.app[ROOM]
    return _form(room, next=_local(request.query.get("next", "")), visitor=_by_cookie(request))


@routes.post("/session")
async def begin(request: web.Request) -> web.Response:
    """Let the browser in that shows a good token."""
    room = request.app[ROOM]
    if not _ours(request):
        return _form(room, 403, text=f"No: {_FOREIGN}.")
    try:
        form = _filled_in(await whole(request))
    except web.HTTPException as why:
        return _form(room, why.status, text=_UNREAD.get(why.status, _NOT_WHOLE))
    given, next = form.get("token", ""), _local(form.get("next", ""))
    visitor = _by_token(request, given.strip())
    if isinstance(visitor, web.Response):
        return _form(room, visitor.status, text=f"No: {_WAIT}.", next=next)
    if visitor is None:
        return _form(room, 401, text="This token is not known here.", next=next)
    _log.info("%s logs in on the page", visitor.name)
    return _let_in(request, visitor, next)


@routes.post("/session/end")
async def end(request: web.Request) -> web.Response:
    """The browser forgets its login."""
    answer = web.Response(status=303, headers={"Location": "/session"})
    answer.del_cookie(COOKIE, path="/")
    return answer


def _filled_in(body: bytes) -> dict[str, str]:
    """The fields of our form, which a browser sends in UTF-8; nothing for what is none."""
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_FIELDS))
    except ValueError:
        return {}


def _let_in(request: web.Request, visitor: Visitor, next: str) -> web.Response:
    """On to `next`, with a cookie that no script and no foreign page can use."""
    settings = request.app[ROOM].now
    kept = visitors.session(settings, visitor, datetime.now(UTC))
    lasts = int(settings.session_lasts.total_seconds())
    secure = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
    answer = web.Response(status=303, headers={"Location": next})
    answer.set_cookie(
        COOKIE, kept, max_age=lasts, httponly=True, samesite="Lax", secure=secure, path="/"
    )
    return answer


def _visitor(request: web.Request) -> Visitor | web.Response:
    """Who comes, or what is said to who must not try on."""
    if not visitors.has_tokens(request.app[ROOM].now):
        return visitors.anybody(request.app[ROOM].now)
    changes = request.method not in ("GET", "HEAD")
    given = _shown(request.headers.get("Authorization", ""), changes)
    if given is not None:
        visitor = _by_token(request, given)
        return STRANGER if visitor is None else visitor
    visitor = _by_cookie(request)
    if visitor is None:
        return STRANGER
    return error(403, _FOREIGN) if changes and not _ours(request) else visitor


def _shown(header: str, changes: bool) -> str | None:
    """The token that a header shows, None for none. A browser may send a user by itself, so with
    one nothing is changed."""
    if header.startswith(_BEARER):
        return header.removeprefix(_BEARER).strip()
    if header.startswith(_BASIC) and not changes:
        with suppress(ValueError):
            shown = b64decode(header.removeprefix(_BASIC), validate=True).decode()
            return shown.partition(":")[0]
    return None


def _by_token(request: web.Request, given: str) -> Visitor | web.Response | None:
    tries, peer, now = request.app[TRIES], _peer(request), get_running_loop().time()
    if tries.over(peer, now):
        answer = error(429, _WAIT)
        answer.headers["Retry-After"] = str(int(WITHIN))
        return answer
    visitor = visitors.of_token(request.app[ROOM].now, given)
    if visitor is None and tries.wrong(peer, given, now):
        _log.warning("a wrong credential for %s from %s", request.path, peer)
    return visitor


def _by_cookie(request: web.Request) -> Visitor | None:
    kept = request.cookies.get(COOKIE, "")
    return visitors.of_session(request.app[ROOM].now, kept, datetime.now(UTC))


def _kept_out(request: web.Request, needed: Rights) -> web.Response:
    """A person is led to the login; a program is told what it lacks."""
    room, visitor = request.app[ROOM], request[VISITOR]
    reads = "text/html" in request.headers.get("Accept", "")
    lacking = ", ".join(sorted(needed - visitor.rights))
    if visitor in NAMELESS:
        return error(403, "changes over HTTP are off: set `web.token`, or one of `web.tokens`")
    if visitor is STRANGER:
        if reads and request.method == "GET":
            address = f"/session?next={quote(request.path_qs, safe='')}"
            return web.Response(status=303, headers={"Location": address})
        answer = error(401, "send the header `Authorization: Bearer TOKEN` with a token of `web`")
        answer.headers["WWW-Authenticate"] = 'Bearer realm="asterisk-bridge"'
        return answer
    text = f"The token {visitor.name} lacks the right {lacking}: add it to web.tokens."
    if reads:
        return room.page("trouble.html", 403, title="Not for this token", text=text)
    return error(403, text)


def _ours(request: web.Request) -> bool:
    """Whether a page of ours sent this, as far as the browser tells: it says where a form stood."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.host


def _local(address: str) -> str:
    """An address of ours to go on to; the first page in place of any other."""
    safe = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if safe and address.isprintable() else "/"


def _peer(request: web.Request) -> str:
    said = request.headers.get("X-Forwarded-For", "")
    return origin(request.remote or "", said, request.app[ROOM].now.proxies)


def _form(room: Room, status: int = 200, /, **facts: object) -> web.Response:
    default = {"visitor": None, "next": "/", "text": "It stands in the configuration, under web."}
    return room.page("session.html", status, **(default | facts))
