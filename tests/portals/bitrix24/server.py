"""HTTP of the portal: which request asks for what, what spoils its answer, and the envelope."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from . import batch, dispatch, page, records
from .envelope import failure, success, timing
from .errors import Refused
from .faults import REFUSALS, TOKEN, Fault, Kind
from .method import Page, Who
from .methods import METHODS
from .params import Row, from_body, from_query, nested
from .portal import Portal

PORTAL: Final = web.AppKey("portal", Portal)
_LARGEST: Final = 128 * 2**20  # bytes of a body: a recording in base64
_TROUBLE: Final = "<html><body><h1>Bitrix24</h1><p>We will be back soon.</p></body></html>"
_HALF: Final = '{"result":{"CALL_ID":"externalCall.71'


def application(portal: Portal) -> web.Application:
    app = web.Application(client_max_size=_LARGEST)
    app[PORTAL] = portal
    app.add_routes(
        [
            *page.routes(PORTAL),
            web.get("/oauth/authorize/", _authorize),
            web.get("/oauth/token/", _token),
            web.post("/oauth/token/", _token),
            web.get("/files/{id:\\d+}", _file),
            web.route("*", "/rest/{user:\\d+}/{code}/{method}", _rest),
            web.route("*", "/rest/{method}", _rest),
        ]
    )
    return app


async def _authorize(request: web.Request) -> web.Response:
    """An administrator agrees at once; the browser goes back to the application's handler."""
    portal, asked = request.app[PORTAL], request.query
    if asked.get("client_id") != portal.auth.client_id or "redirect_uri" not in asked:
        return _refusal(Refused(400, "invalid_request", "client_id or redirect_uri is wrong"))
    query = f"code={portal.auth.code()}&state={quote(asked.get('state', ''))}"
    query += f"&domain={portal.auth.domain}&member_id={portal.auth.member_id}"
    raise web.HTTPFound(f"{asked['redirect_uri']}?{query}")


async def _token(request: web.Request) -> web.Response:
    portal = request.app[PORTAL]
    asked = {**request.query, **from_query((await request.read()).decode())}
    try:
        fault = portal.faults.request(TOKEN, ())
        if fault is not None and fault.kind in REFUSALS:
            raise REFUSALS[fault.kind]
        answer = portal.auth.token(asked) if fault is None or fault.applied else {}
        if fault is not None:
            return await _spoil(request, fault)
        return web.json_response(answer)
    except Refused as refusal:
        return _refusal(refusal)


async def _file(request: web.Request) -> web.Response:
    """A recording, for a player that may ask for a part of it."""
    portal = request.app[PORTAL]
    kept = portal.state.files.get(int(request.match_info["id"]))
    if kept is None:
        raise web.HTTPNotFound
    name, content = kept
    kind = "audio/mpeg" if name.lower().endswith(".mp3") else "audio/wav"
    part = request.http_range
    if part.start is None and part.stop is None:
        return web.Response(body=content, content_type=kind, headers={"Accept-Ranges": "bytes"})
    first, last, _ = part.indices(len(content))
    span = {"Content-Range": f"bytes {first}-{last - 1}/{len(content)}"}
    return web.Response(status=206, body=content[part], content_type=kind, headers=span)


async def _rest(request: web.Request) -> web.StreamResponse:
    portal = request.app[PORTAL]
    if _asked_port(request) in portal.moved_from:
        return web.Response(status=302, headers={"Location": f"{portal.url}{request.path_qs}"})
    name = request.match_info["method"].lower().removesuffix(".json")
    try:
        given = await _given(request, name)
        inner = tuple(batch.names(given)) if name == "batch" else ()
    except Refused as refusal:
        await portal.note((name,), refusal.status)
        return _refusal(refusal)
    fault = portal.faults.request(name, inner)
    applies = fault is None or (fault.applied and fault.kind not in REFUSALS)
    answer = await _answer(request, name, given) if applies else None
    if fault is not None:
        answer = await _spoil(request, fault, partial(portal.note, inner or (name,), None))
    else:
        assert answer is not None
        await portal.note(inner or (name,), answer.status)
    return answer


async def _given(request: web.Request, name: str) -> Row:
    """Query and body together; the file of an upload is not read here."""
    query = from_query(request.query_string)
    if name == "upload" or request.method == "GET":
        return query
    if request.content_type == "multipart/form-data":
        form = await request.post()
        pairs = ((key, value) for key, value in form.items() if isinstance(value, str))
        return {**query, **nested(pairs)}
    return {**query, **from_body(await request.read(), request.content_type)}


async def _answer(request: web.Request, name: str, given: Row) -> web.Response:
    portal, began = request.app[PORTAL], request.app[PORTAL].clock()
    try:
        portal.bucket.take(request.remote or "")
        who = _who(request, given)
        answer = await _done(request, who, name, given)
    except Refused as refusal:
        return _refusal(refusal)
    return web.json_response(success(answer, _time(portal, began, name)))


async def _done(request: web.Request, who: Who, name: str, given: Row) -> Any:
    portal = request.app[PORTAL]
    if name == "upload":
        return records.uploaded(portal.state, given.get("token", ""), await _part(request))
    call = partial(dispatch.call, portal.state, portal.operating, who)
    if name != "batch":
        return await call(name, given)

    async def part(inner: str, params: Row) -> Any:
        if refusal := portal.faults.part(inner):
            raise refusal
        return await call(inner, params)

    return await batch.run(given, part, partial(_time, portal, portal.clock()))


async def _part(request: web.Request) -> bytes:
    field = (await request.post()).get("file")
    return field.file.read() if isinstance(field, web.FileField) else b""


def _who(request: web.Request, given: Row) -> Who:
    portal, path = request.app[PORTAL], request.match_info
    if "code" in path:
        return portal.auth.by_path(path["user"], path["code"])
    return portal.auth.by_token(given.get("auth") or given.get("AUTH"))


async def _spoil(request: web.Request, fault: Fault, note: Any = None) -> web.Response:
    """The request arrived, and this is what the client gets for it."""
    if note is not None:
        await note()
    if fault.kind is Kind.SLOW:
        await request.app[PORTAL].closing.wait()
    if fault.kind in (Kind.SLOW, Kind.CUT) and request.transport is not None:
        request.transport.abort()
    if fault.kind in (Kind.HTML, Kind.BAD_GATEWAY):
        status = 502 if fault.kind is Kind.BAD_GATEWAY else 200
        return web.Response(text=_TROUBLE, content_type="text/html", status=status)
    if fault.kind is Kind.EMPTY:
        portal = request.app[PORTAL]
        return web.json_response(success(Page([], 0), _time(portal, portal.clock(), "")))
    if fault.kind is Kind.BROKEN_JSON:
        return web.Response(text=_HALF, content_type="application/json")
    return _refusal(REFUSALS.get(fault.kind, Refused(500, "INTERNAL_SERVER_ERROR", "")))


def _refusal(refusal: Refused) -> web.Response:
    return web.json_response(failure(refusal), status=refusal.status)


def _time(portal: Portal, began: float, name: str) -> Row:
    method = METHODS[name].name if name in METHODS else name
    spent, reset_at = portal.operating.spent(method), portal.operating.reset_at(method)
    return timing(portal.clock, began, spent, reset_at)


def _asked_port(request: web.Request) -> int:
    assert request.transport is not None
    return int(request.transport.get_extra_info("sockname")[1])
