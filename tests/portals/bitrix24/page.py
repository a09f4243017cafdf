"""What a person sees of the portal, and the switches of one that is a process of its own."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from . import statistics
from .auth import described
from .params import Row, mapping
from .portal import Portal
from .state import ENTITIES, Call, State

_PAGES: Final = Environment(
    loader=PackageLoader("tests.portals.bitrix24", "pages"),
    autoescape=select_autoescape(),
    trim_blocks=True,
)


def routes(key: web.AppKey[Portal]) -> list[web.RouteDef]:
    async def page(request: web.Request) -> web.Response:
        text = _PAGES.get_template("portal.html").render(**snapshot(request.app[key]))
        return web.Response(text=text, content_type="text/html")

    async def state(request: web.Request) -> web.Response:
        return web.json_response(snapshot(request.app[key]))

    async def access(request: web.Request) -> web.Response:
        return web.json_response(described(request.app[key].auth))

    async def switch(request: web.Request) -> web.Response:
        """`{"fault": {"kind": "cut", …}}`, `{"lift": true}`, `{"move": seconds}` or
        `{"click": {"user": 1269, "phone": "+7…"}}`."""
        try:
            _switched(request.app[key], mapping(await request.json()))
        except (ValueError, TypeError, KeyError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"result": True})

    return [
        web.get("/", page),
        web.get("/state.json", state),
        web.get("/access.json", access),
        web.post("/switch", switch),
    ]


def snapshot(portal: Portal) -> Row:
    """What the portal holds, for people and for tests in another process."""
    state = portal.state
    return {
        **{kind: list(state.entities[kind].values()) for kind in ENTITIES},
        "calls": [_call(state, call) for call in reversed(portal.calls)],
        "activities": list(state.activities.values()),
        "comments": list(state.comments.values()),
        "tasks": list(state.tasks.values()),
        "notices": list(state.notices.values()),
        "users": {str(one.id): f"{one.name} {one.last_name}".strip() for one in portal.users},
    }


def _call(state: State, call: Call) -> Row:
    row = statistics.row(state, call) if call.finish else {"CALL_ID": call.call_id}
    seen = {"phone": call.phone, "type": call.type, "line": call.line, "started": call.started}
    finished = call.finish is not None
    # Whose cards were all closed has given way to another registration.
    rings = not finished and bool(call.cards or not call.pops)
    return {**row, **seen, "cards": sorted(call.cards), "finished": finished, "rings": rings}


def _switched(portal: Portal, wanted: dict[str, Any]) -> None:
    if "fault" in wanted:
        portal.fault(**wanted["fault"])
    elif "lift" in wanted:
        portal.faults.lift()
    elif "move" in wanted:
        portal.clock.move(float(wanted["move"]))
    elif "click" in wanted:
        click = wanted["click"]
        portal.click(portal.state.users[int(click["user"])], click["phone"], click.get("line", ""))
    else:
        raise ValueError("Say fault, lift, move or click")
