"""event.*: handlers that are told at once, and the queue of those who ask."""

from __future__ import annotations

from functools import partial
from secrets import token_hex
from typing import Final

from .errors import Refused, core, denied, missing
from .filters import chosen
from .method import Asked, Method
from .params import Row, flag, integer, mapping, sequence, text
from .state import State

CLICK, CALLBACK = "ONEXTERNALCALLSTART", "ONEXTERNALCALLBACKSTART"
HAND_MADE: Final = "outgoing webhook"  # made in the portal's own pages, not by event.bind
EVENTS: Final = {
    CLICK,
    CALLBACK,
    "ONAPPINSTALL",
    "ONAPPUNINSTALL",
    *(
        f"ONCRM{kind}{what}"
        for kind in ("LEAD", "CONTACT", "COMPANY", "DEAL")
        for what in ("ADD", "UPDATE", "DELETE")
    ),
}
_MOST: Final = 50
_QUEUED: Final = ("ID", "TIMESTAMP_X", "EVENT_NAME", "MESSAGE_ID")


def bind(asked: Asked) -> bool:
    handler = _handler(asked)
    kind, user = handler["event_type"], asked.state.users[asked.who.user]
    foreign = handler["auth_type"] not in (0, asked.who.user)
    if (kind == "offline" or foreign) and not user.admin:
        raise denied("Access denied!")
    if kind == "online" and not handler["handler"]:
        raise missing("handler")
    if handler in asked.state.handlers:
        if not asked.state.doubts.same_handler_twice:
            raise core("Unable to set event handler: Handler already binded")
        return True
    asked.state.handlers.append(handler)
    return True


def unbind(asked: Asked) -> Row:
    wanted = _handler(asked)
    kept = [one for one in asked.state.handlers if not _same(one, wanted)]
    count = len(asked.state.handlers) - len(kept)
    asked.state.handlers[:] = kept
    return {"count": count}


def listed(asked: Asked) -> list[Row]:
    return [
        {
            "event": one["event"],
            "handler": one["handler"],
            "auth_type": str(one["auth_type"]),
            "offline": int(one["event_type"] == "offline"),
        }
        for one in asked.state.handlers
        if one["event_type"] != HAND_MADE
    ]


def happened(state: State, name: str, data: Row) -> list[Row]:
    """Queue it where somebody asks for it; back come the handlers to be told at once."""
    bound = [one for one in state.handlers if one["event"] == name]
    if any(one["event_type"] == "offline" for one in bound):
        _queue(state, name, data)
    return [one for one in bound if one["event_type"] != "offline"]


def take(asked: Asked) -> Row:
    """Without `clear` the events stay, marked with a process_id, until they are cleared."""
    _admin(asked)
    given, queue = asked.given, asked.state.offline
    process = given.get("process_id")
    waiting = [row for row in queue if row["process"] == process and not row["failed"]]
    rows = chosen(waiting, given.get("filter", {}), _QUEUED, _unknown)
    rows = rows[: min(given.get("limit") or _MOST, _MOST)]
    if given.get("clear", True):
        _remove(asked.state, rows)
        return {"process_id": None, "events": [_shown(row) for row in rows]}
    process = process or (token_hex(8) if rows else None)
    for row in rows:
        row["process"] = process
    return {"process_id": process, "events": [_shown(row) for row in rows]}


def queued(asked: Asked) -> list[Row]:
    """The whole queue as it is, and who has taken what."""
    _admin(asked)
    names = (*_QUEUED, "PROCESS_ID", "ERROR")
    rows = [
        {**_shown(row), "PROCESS_ID": row["process"] or "", "ERROR": int(row["failed"])}
        for row in asked.state.offline
    ]
    return chosen(rows, asked.given.get("filter", {}), names, _unknown)[:_MOST]


def clear(asked: Asked) -> bool:
    _admin(asked)
    _remove(asked.state, _marked(asked))
    return True


def fail(asked: Asked) -> bool:
    _admin(asked)
    for row in _marked(asked):
        row["failed"] = True
    return True


def _handler(asked: Asked) -> Row:
    name = text(asked.need("event")).upper()
    if name not in EVENTS:
        raise Refused(400, "ERROR_EVENT_NOT_FOUND", "Event not found")
    kind = asked.given.get("event_type") or "online"
    if kind not in ("online", "offline"):
        raise core("event_type is online or offline")
    return {
        "event": name,
        "handler": asked.given.get("handler", ""),
        "auth_type": asked.given.get("auth_type", 0),
        "event_type": kind,
    }


def _same(one: Row, wanted: Row) -> bool:
    names = ("event", "event_type", *(("handler",) if wanted["handler"] else ()))
    return all(one[name] == wanted[name] for name in names)


def _queue(state: State, name: str, data: Row) -> None:
    """Identical events that nobody has taken yet are one."""
    for row in state.offline:
        if (row["EVENT_NAME"], row["EVENT_DATA"], row["process"]) == (name, data, None):
            row["TIMESTAMP_X"] = state.clock.iso()
            return
    id = state.number("event")
    state.offline.append(
        {
            "ID": id,
            "TIMESTAMP_X": state.clock.iso(),
            "EVENT_NAME": name,
            "EVENT_DATA": data,
            "EVENT_ADDITIONAL": {},
            "MESSAGE_ID": str(id),
            "process": None,
            "failed": False,
        }
    )


def _shown(row: Row) -> Row:
    shown = {key: value for key, value in row.items() if key not in ("process", "failed")}
    return {**shown, "ID": str(row["ID"]), "EVENT_DATA": row["EVENT_DATA"] or False}


def _marked(asked: Asked) -> list[Row]:
    process = asked.need("process_id")
    rows = [row for row in asked.state.offline if row["process"] == process]
    ids = {str(each) for each in asked.given.get("id", [])}
    messages = {str(each) for each in asked.given.get("message_id", [])}
    if not ids and not messages:
        return rows
    return [row for row in rows if str(row["ID"]) in ids or row["MESSAGE_ID"] in messages]


def _remove(state: State, rows: list[Row]) -> None:
    ids = {row["ID"] for row in rows}
    state.offline[:] = [row for row in state.offline if row["ID"] not in ids]


def _admin(asked: Asked) -> None:
    if not asked.state.users[asked.who.user].admin:
        raise denied("Access denied!")


def _unknown(name: str) -> Refused:
    return core(f"Unknown field {name} in filter")


_HANDLER: Final = {"event": text, "handler": text, "auth_type": integer, "event_type": text}
_GET: Final = {"clear": flag, "limit": integer, "process_id": text, "filter": mapping}
_MARK: Final = {"process_id": text, "id": sequence, "message_id": sequence}
_method = partial(Method, app_only=True)
METHODS: Final = (
    _method("event.bind", bind, _HANDLER),
    _method("event.unbind", unbind, _HANDLER),
    _method("event.get", listed),
    _method("event.offline.get", take, _GET),
    _method("event.offline.list", queued, {"filter": mapping, "order": mapping}),
    _method("event.offline.clear", clear, _MARK),
    _method("event.offline.error", fail, _MARK),
)
