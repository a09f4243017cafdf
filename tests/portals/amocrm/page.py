"""What a person sees of the account, and its state for a test in another process."""

from __future__ import annotations

from typing import Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from .portal import Portal
from .problems import Row
from .state import SINGULAR, State, phones_of

_PAGES: Final = Environment(
    loader=PackageLoader("tests.portals.amocrm", "pages"),
    autoescape=select_autoescape(),
    trim_blocks=True,
)


def routes(key: web.AppKey[Portal]) -> list[web.RouteDef]:
    async def page(request: web.Request) -> web.Response:
        text = _PAGES.get_template("account.html").render(**shown(request.app[key]))
        return web.Response(text=text, content_type="text/html")

    async def state(request: web.Request) -> web.Response:
        return web.json_response(snapshot(request.app[key]))

    return [web.get("/", page), web.get("/state.json", state)]


def snapshot(portal: Portal) -> Row:
    """Everything that is there, as the API shows rows."""
    state = portal.state
    return {
        **{kind: list(state.entities[kind].values()) for kind in state.entities},
        "notes": list(state.notes.values()),
        "tasks": list(state.tasks.values()),
        "pops": [{"phone": pop.phone, "users": pop.users} for pop in state.pops],
    }


def shown(portal: Portal) -> Row:
    """The same in words, the newest first."""
    state = portal.state
    clients = {
        kind: [
            (row["id"], row["name"], ", ".join(phones_of(row)), _tags(row), _user(state, row))
            for row in _newest(state, kind)
        ]
        for kind in ("contacts", "companies")
    }
    return {
        "calls": [_call(state, note) for note in reversed(portal.calls())],
        "leads": [_lead(state, row) for row in _newest(state, "leads")],
        **clients,
        "tasks": [(row["id"], row["text"], _user(state, row)) for row in state.tasks.values()],
        "cards": [(pop.phone, _names(state, pop.users)) for pop in reversed(state.pops)],
    }


def _newest(state: State, kind: str) -> list[Row]:
    return [row for row in reversed(state.entities[kind].values()) if not row["is_deleted"]]


def _call(state: State, note: Row) -> Row:
    params = note["params"]
    card = state.entities[note["_kind"]][note["entity_id"]]
    return {
        "phone": params["phone"],
        "way": note["note_type"].removeprefix("call_"),
        "on": f"{SINGULAR[note['_kind']]} {card['name']}",
        "user": _user(state, note),
        "duration": params["duration"],
        "status": params.get("call_status", ""),
        "result": params.get("call_result", ""),
        "link": params.get("link", ""),
    }


def _lead(state: State, row: Row) -> tuple[object, ...]:
    stage = state.statuses()[row["pipeline_id"]][row["status_id"]]["name"]
    owners = [
        state.entities[kind][id]["name"]
        for kind in ("contacts", "companies")
        for id in state.linked(("leads", row["id"]), kind)
    ]
    return row["id"], row["name"], stage, ", ".join(owners), _tags(row), _user(state, row)


def _tags(row: Row) -> str:
    return ", ".join(tag["name"] for tag in row["tags"])


def _user(state: State, row: Row) -> str:
    return _names(state, (row["responsible_user_id"],))


def _names(state: State, users: tuple[int, ...] | None) -> str:
    return ", ".join(state.users[id]["name"] for id in users or () if id in state.users)
