"""HTTP of the account: which request asks for what, and what spoils its answer."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from tests.portals.bitrix24.errors import Refused
from tests.portals.bitrix24.params import nested

from . import creation, entities, events, fields, notes, page, work
from .asked import Asked, Work
from .faults import REFUSALS, TOKEN, Fault, Kind
from .portal import Portal
from .problems import Problem, problem
from .problems import page as web_page

PORTAL: Final = web.AppKey("portal", Portal)
_PAGE: Final = "<html><body><h1>nginx</h1></body></html>"
_HALF: Final = '{"_page":1,"_embedded":{"conta'
_LARGEST: Final = 2**20

_KIND: Final = "{kind:contacts|companies|leads}"
_ID: Final = r"{id:\d+}"
ROUTES: Final[dict[str, Work]] = {
    "GET /api/v4/account": work.account,
    "GET /api/v4/users": work.users,
    "GET /api/v4/leads/pipelines": work.pipelines,
    "POST /api/v4/leads/complex": creation.complex,
    "POST /api/v4/leads/unsorted/sip": creation.sip,
    "GET /api/v4/leads/unsorted": creation.unsorted,
    "POST /api/v4/leads/unsorted/{uid}/accept": creation.accept,
    "DELETE /api/v4/leads/unsorted/{uid}/decline": creation.decline,
    f"GET /api/v4/{_KIND}/custom_fields": fields.listed,
    f"GET /api/v4/{_KIND}/notes": notes.listing,
    f"POST /api/v4/{_KIND}/notes": notes.post,
    f"PATCH /api/v4/{_KIND}/notes": notes.patch,
    f"GET /api/v4/{_KIND}/{_ID}/notes": notes.listing,
    f"POST /api/v4/{_KIND}/{_ID}/notes": notes.post,
    f"GET /api/v4/{_KIND}/{_ID}/notes/{{note:\\d+}}": notes.get,
    f"GET /api/v4/{_KIND}/{_ID}/links": entities.links,
    f"POST /api/v4/{_KIND}/{_ID}/link": entities.link,
    f"GET /api/v4/{_KIND}/{_ID}": entities.get,
    f"PATCH /api/v4/{_KIND}/{_ID}": entities.patch_one,
    f"GET /api/v4/{_KIND}": entities.listing,
    f"POST /api/v4/{_KIND}": entities.post,
    f"PATCH /api/v4/{_KIND}": entities.patch,
    "POST /api/v4/calls": notes.register,
    "GET /api/v4/tasks": work.tasks,
    "POST /api/v4/tasks": work.add_tasks,
    f"PATCH /api/v4/tasks/{_ID}": work.change_task,
    "GET /api/v4/events": events.listing,
    "GET /api/v4/webhooks": events.webhooks,
    "POST /api/v4/webhooks": events.subscribe,
    "DELETE /api/v4/webhooks": events.unsubscribe,
    "POST /api/v2/events": events.pop,
}


def application(portal: Portal) -> web.Application:
    app = web.Application(client_max_size=_LARGEST)
    app[PORTAL] = portal
    app.add_routes(page.routes(PORTAL))
    app.router.add_post("/oauth2/access_token", _token)
    for route, work_ in ROUTES.items():
        method, path = route.split()
        app.router.add_route(method, path, _handler(work_))
    app.router.add_route("*", "/{rest:.*}", _nowhere)
    return app


def _handler(work_: Work) -> Any:
    async def handle(request: web.Request) -> web.StreamResponse:
        portal, name = request.app[PORTAL], named(request)
        body = await request.read()
        fault = portal.faults.strike(name)
        answer = None
        if fault is None or fault.applies:
            answer = await _done(request, work_, body)
            portal.sender.gather()
        if fault is None:
            assert answer is not None
            await portal.note(name, answer.status)
            return _bent(portal, answer)
        await portal.note(name, None)
        return await _spoil(request, fault)

    return handle


def named(request: web.Request) -> str:
    """`GET contacts/{id}`: how faults and counts name it."""
    path = re.sub(r"^/(?:api/v4/)?", "", request.path)
    return f"{request.method} {re.sub(r'(?<=/)(?:[0-9]+|[0-9a-f]{40})(?=/|$)', '{id}', path)}"


async def _token(request: web.Request) -> web.StreamResponse:
    portal = request.app[PORTAL]
    answer = await _granted(request, portal)
    await portal.note(TOKEN, answer.status)
    return answer


async def _granted(request: web.Request, portal: Portal) -> web.StreamResponse:
    if (fault := portal.faults.strike(TOKEN)) is not None:
        if fault.applies:
            portal.auth.token(_json(await request.read()))
        return await _spoil(request, fault)
    try:
        return web.json_response(portal.auth.token(_json(await request.read())))
    except Problem as refusal:
        return _refusal(refusal)


async def _nowhere(request: web.Request) -> web.StreamResponse:
    return _refusal(problem(404))


async def _done(request: web.Request, work_: Work, body: bytes) -> web.Response:
    portal = request.app[PORTAL]
    try:
        portal.limiter.take()
        portal.auth.check(request.headers.get("Authorization"))
        if not portal.state.paid:
            raise problem(402)
        made = work_(_asked(request, portal, body))
    except Problem as refusal:
        return _refusal(refusal)
    if made is None:
        return web.Response(status=204)
    return web.json_response(made, content_type="application/hal+json")


def _asked(request: web.Request, portal: Portal, body: bytes) -> Asked:
    if not request.headers.get("User-Agent"):
        raise web_page(403)
    try:
        query = nested(parse_qsl(request.query_string, keep_blank_values=True))
    except Refused as error:
        raise problem(400, str(error)) from None
    return Asked(
        state=portal.state,
        names=dict(request.match_info),
        query=query,
        body=_json(body) if request.method != "GET" else None,
        address=f"{portal.url}{request.path}",
        user=portal.user,
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        raise problem(400, "The body is no JSON") from None


def _bent(portal: Portal, answer: web.Response) -> web.Response:
    """As the test wants it to be, where it has a body."""
    if portal.bend is None or not answer.text:
        return answer
    body = json.dumps(portal.bend(_json(answer.text.encode())))
    return web.Response(status=answer.status, text=body, content_type=answer.content_type)


async def _spoil(request: web.Request, fault: Fault) -> web.StreamResponse:
    """The request arrived, and this is what the client gets for it."""
    if fault.kind is Kind.SLOW:
        await request.app[PORTAL].closing.wait()
    if fault.kind in (Kind.SLOW, Kind.CUT) and request.transport is not None:
        request.transport.abort()
    if fault.kind is Kind.HTML:
        return web.Response(text=_PAGE, content_type="text/html")
    if fault.kind is Kind.BROKEN_JSON:
        return web.Response(text=_HALF, content_type="application/hal+json")
    return _refusal(REFUSALS.get(fault.kind, web_page(500)))


def _refusal(refusal: Problem) -> web.Response:
    if refusal.body is None:
        text, kind = _PAGE, "text/html"
    else:
        text, kind = json.dumps(refusal.body), "application/problem+json"
    return web.Response(
        status=refusal.status, text=text, content_type=kind, headers=refusal.headers
    )
