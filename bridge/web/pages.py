"""The pages for people: calls now and before, one call, and what the built-in CRM holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from bridge.domain.transcription import to_json
from bridge.domain.troubles import IncidentState
from bridge.web.doors import VISITOR, shown, sought
from bridge.web.ports import CallPage, CrmPages, Json
from bridge.web.recordings import playable
from bridge.web.rights import Right
from bridge.web.room import ROOM, Room
from bridge.web.seeking import WORDS
from bridge.web.transcriptions import said as said_in
from bridge.web.words import OUTCOMES

LIVE_ROWS: Final = 100  # more calls than this in progress are only counted
LONGEST_ID: Final = 18  # digits

# list -> its columns: (name in the row, heading)
LISTS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "contacts": (
        ("name", "Name"),
        ("phones", "Phones"),
        ("owner", "Owner"),
        ("company", "Company"),
    ),
    "companies": (("name", "Name"), ("inn", "INN"), ("phones", "Phones"), ("owner", "Owner")),
    "leads": (
        ("title", "Title"),
        ("phones", "Phones"),
        ("did", "Dialled"),
        ("owner", "Owner"),
        ("repeat", "Repeat"),
        ("created_at", "Made"),
    ),
    "deals": (
        ("title", "Title"),
        ("pipeline", "Pipeline"),
        ("stage", "Stage"),
        ("owner", "Owner"),
        ("changed_at", "Changed"),
    ),
    "calls": (
        ("started_at", "Began"),
        ("direction", "Direction"),
        ("phone", "Client"),
        ("user", "User"),
        ("disposition", "Outcome"),
        ("entities", "On"),
        ("recordings", "Recording"),
    ),
    "tasks": (
        ("title", "Title"),
        ("owner", "Owner"),
        ("entity", "On"),
        ("deadline", "Due"),
        ("done", "Done"),
    ),
}
# what else hangs on a thing of the CRM
BESIDE: Final = {
    "notes": (("at", "At"), ("author", "Author"), ("text", "Note")),
    "history": (("at", "At"), ("field", "Field"), ("old", "Was"), ("new", "Became")),
}
KIND_OF: Final = {
    "contacts": "contact",
    "companies": "company",
    "leads": "lead",
    "deals": "deal",
    "calls": "call",
}

routes = web.RouteTableDef()


@routes.get("/")
async def calls(request: web.Request) -> web.Response:
    """Calls as they happen, and the finished ones, newest first."""
    room, before = request.app[ROOM], request.query.get("before")
    said = {word: request.query.get(word, "").strip() for word in WORDS}
    looking = {word: text for word, text in said.items() if text}
    page, trouble = CallPage(()), ""
    try:
        which = sought(request)
    except ValueError as problem:
        trouble = str(problem)
    else:
        page = await room.calls.page(room.settings.rows, before, which)
    return room.page(
        "calls.html",
        400 if trouble else 200,
        hears=_hears(request),
        failing=await _failing(request),
        finished=await _with_links(request, page.records),
        earlier=urlencode({**looking, "before": page.next}) if page.next else "",
        first=before is None and not looking,
        said=said,
        looking=looking,
        trouble=trouble,
        outcomes=OUTCOMES,
        **_live(request),
    )


@routes.get("/live")
async def live(request: web.Request) -> web.Response:
    """The part of the first page that shows the calls in progress."""
    return request.app[ROOM].page("live.html", **_live(request))


@routes.get("/calls/{call_id}/row")
async def call_row(request: web.Request) -> web.Response:
    """One row of the finished calls."""
    it = await _one(request)
    return request.app[ROOM].page("row.html", hears=_hears(request), it=it)


@routes.get("/calls/{call_id}")
async def call(request: web.Request) -> web.Response:
    """Everything known of one call."""
    room, hears, it = request.app[ROOM], _hears(request), await _one(request)
    lines = to_json(await said_in(room, it["call_id"])) if hears else []
    return room.page("call.html", hears=hears, it=it, said=shown(request, lines))


@routes.get("/crm")
async def crm(request: web.Request) -> web.Response:
    raise web.HTTPFound("/crm/contacts")


@routes.get("/crm/{list}")
async def crm_list(request: web.Request) -> web.Response:
    """One list of the built-in CRM."""
    room, name = request.app[ROOM], request.match_info["list"]
    source = _crm(room)
    if name not in LISTS:
        raise web.HTTPNotFound
    before = request.query.get("before", "")
    limit = room.settings.rows
    known = before.isdecimal() and len(before) < LONGEST_ID
    rows = await source.rows(name, limit, int(before) if known else None)
    return room.page(
        "crm_list.html",
        hears=_hears(request),
        name=name,
        kind=KIND_OF.get(name),
        lists=list(LISTS),
        columns=LISTS[name],
        rows=shown(request, await _named(source, rows)),
        next=rows[-1]["id"] if len(rows) == limit else None,
    )


@routes.get("/crm/{kind}/{id}")
async def crm_card(request: web.Request) -> web.Response:
    """One thing in the built-in CRM with what hangs on it."""
    room, kind = request.app[ROOM], request.match_info["kind"]
    source = _crm(room)
    if kind not in KIND_OF.values():
        raise web.HTTPNotFound
    card = await source.card(kind, request.match_info["id"])
    if card is None:
        raise web.HTTPNotFound
    name = next(name for name, of in KIND_OF.items() if of == kind)
    return room.page(
        "crm_card.html",
        hears=_hears(request),
        name=name,
        kind=kind,
        lists=list(LISTS),
        **_card(shown(request, await _card_with_names(source, card))),
    )


async def _named(source: CrmPages, lines: Sequence[Json]) -> list[dict[str, Any]]:
    """Each row with what its ids stand for."""
    names = await source.names(lines)
    return [{**line, "names": known} for line, known in zip(lines, names, strict=True)]


async def _card_with_names(source: CrmPages, card: Json) -> dict[str, Any]:
    """The card, and every row on it, with what its ids stand for."""
    around = [name for name in (*LISTS, *BESIDE) if name in card]
    lines = (line for name in around for line in card[name])
    whole, *rows = await _named(source, [card, *lines])
    named = iter(rows)
    return {**whole, **{name: [next(named) for _ in card[name]] for name in around}}


def _card(card: dict[str, Any]) -> dict[str, Any]:
    """Facts apart from the lists of things."""
    tables = [
        (name, KIND_OF.get(name), columns, card[name])
        for name, columns in {**LISTS, **BESIDE}.items()
        if card.get(name)
    ]
    around = {*LISTS, *BESIDE, "names"}
    facts = {k: v for k, v in card.items() if k not in around and not _says_nothing(v)}
    heading = facts.pop("name", None) or facts.pop("title", None)
    if "call_id" in facts:  # a call is known by its client's number
        heading = facts.pop("phone", None)
    return {
        "facts": facts,
        "names": card["names"],
        "tables": tables,
        "id": facts.pop("id"),
        "heading": heading,
    }


def _says_nothing(value: Any) -> bool:
    return value is False or value in (None, "", [], {})


async def _failing(request: web.Request) -> list[Any]:
    """What people were told of and nobody knows of yet, for whoever may see it."""
    if Right.WATCH not in request[VISITOR].rights:
        return []
    lasting = await request.app[ROOM].incidents.lasting()
    return [shown(request, each) for each in lasting if each["state"] == IncidentState.OPEN]


def _hears(request: web.Request) -> bool:
    return Right.RECORDINGS in request[VISITOR].rights


def _crm(room: Room) -> CrmPages:
    if room.crm is None:
        raise web.HTTPNotFound
    return room.crm


def _live(request: web.Request) -> dict[str, Any]:
    room = request.app[ROOM]
    views = [each.to_json() for each in room.live.calls()]
    rows = shown(request, views[-LIVE_ROWS:][::-1])
    return {"live": rows, "live_more": max(0, len(views) - LIVE_ROWS)}


async def _one(request: web.Request) -> dict[str, Any]:
    record = await request.app[ROOM].calls.one(request.match_info["call_id"])
    if record is None:
        raise web.HTTPNotFound
    return (await _with_links(request, [record]))[0]


async def _with_links(request: web.Request, records: Sequence[Json]) -> list[dict[str, Any]]:
    """The records as they may be shown, each with the entities that the CRM shows it on and with
    what a person should know of its recordings."""
    room, ids = request.app[ROOM], [record["call_id"] for record in records]
    links = await room.crm.links(ids) if room.crm and ids else {}
    details = await room.calls.details(ids) if ids else {}
    return [
        {
            **known,
            "links": [each.split(" ") for each in links.get(id, ())],
            "recordings": [
                {**item, "plays": playable(item), "detail": details.get((id, item["id"]), "")}
                for item in known["recordings"]
            ],
        }
        for id, known in zip(ids, shown(request, list(records)), strict=True)
    ]
