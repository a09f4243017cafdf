"""Notes of entities, those of calls among them, and calls whose card the account finds itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .asked import Asked
from .checking import Field, Fields, batch, errors_of, integer, mapping, parameters, text, user
from .listing import between, filtered, one_of, page, word_of
from .problems import Problem, Row, error, no_choice, problem
from .state import LOST, SINGULAR, WON, Ref, State, phones_of

CALLS: Final = ("call_in", "call_out")
_CALL: Final[Fields] = {
    "uniq": Field(text, required=True),
    "duration": Field(integer, required=True),
    "source": Field(text, required=True),
    "link": Field(text),
    "phone": Field(text, required=True),
    "call_status": Field(integer),
    "call_result": Field(text),
    "call_responsible": Field(user),
}
_PARAMS: Final[dict[str, Fields]] = {
    "call_in": _CALL,
    "call_out": _CALL,
    "common": {"text": Field(text, required=True)},
    "service_message": {
        "service": Field(text, required=True),
        "text": Field(text, required=True),
    },
    "extended_service_message": {
        "service": Field(text, required=True),
        "text": Field(text, required=True),
    },
}
_NOTE: Final[Fields] = {
    "entity_id": Field(integer),
    "note_type": Field(text, required=True),
    "params": Field(mapping, required=True),
    "created_by": Field(integer),
    "updated_by": Field(integer),
    "responsible_user_id": Field(integer),
    "created_at": Field(integer),
    "updated_at": Field(integer),
    "request_id": Field(text),
}
_REGISTERED: Final[Fields] = {
    **{name: field for name, field in _CALL.items() if name != "uniq"},
    "uniq": Field(text),
    "direction": Field(text, required=True),
    "request_id": Field(text),
    "responsible_user_id": Field(integer),
    "created_by": Field(integer),
    "updated_by": Field(integer),
    "created_at": Field(integer),
    "updated_at": Field(integer),
}
_STATUSES: Final = range(1, 9)
_DIRECTIONS: Final = {"inbound": "call_in", "outbound": "call_out"}


def listing(asked: Asked) -> Row | None:
    if "id" in asked.names:
        asked.entity()
    mine = [row for row in asked.state.notes.values() if _is_of(asked, row)]
    query = dict(asked.query)
    known = {
        "id": one_of("id"),
        "entity_id": one_of("entity_id"),
        "note_type": word_of("note_type"),
        "updated_at": between("updated_at"),
    }
    found = filtered(mine, query.pop("filter", {}), known)
    return page(found, query, name="notes", address=asked.address, orders=("id", "updated_at"))


def get(asked: Asked) -> Row:
    parameters(asked.query, ())
    row = asked.state.notes.get(int(asked.names["note"]))
    if row is None or not _is_of(asked, row):
        raise problem(404)
    return row


def post(asked: Asked) -> Row:
    here = {"entity_id": asked.id} if "id" in asked.names else {}
    body = [{**here, **row} if isinstance(row, dict) else row for row in _rows(asked.body)]
    given = batch(body, _NOTE, lambda row: _errors(asked.state, asked.kind, row))
    made = [(_add(asked, row), row) for row in given]
    return _answer(asked, [(id, row["entity_id"], row["request_id"]) for id, row in made])


def patch(asked: Asked) -> Row:
    spec = {**_NOTE, "id": Field(integer, required=True), "note_type": Field(text)}
    given = batch(asked.body, spec, lambda row: _change_errors(asked, row))
    for row in given:
        note = asked.state.notes[row["id"]]
        kept = {} if asked.state.doubts.patch_replaces_params else note["params"]
        note |= {"params": {**kept, **row["params"]}, "updated_at": asked.state.now()}
    ids = [
        (row["id"], asked.state.notes[row["id"]]["entity_id"], row["request_id"]) for row in given
    ]
    return _answer(asked, ids)


def register(asked: Asked) -> Row:
    """Each call on the card that its number finds; what finds none is not kept."""
    state = asked.state
    given = batch(asked.body, _REGISTERED, lambda row: _call_errors(state, row))
    made, failed = [], []
    for row in given:
        card = card_of(state, row["phone"])
        if card is None:
            failed.append(_not_found(row["request_id"]))
            continue
        id, kind = state.number("call", 37_000_000), _DIRECTIONS[row["direction"]]
        note = call_note(state, card, kind, {"uniq": "", **row}, asked.user)
        state.calls[id] = {"id": id, "note": note, **row}
        made.append(_registered(state, id, card, row["request_id"]))
    body = {"_total_items": len(made), "errors": failed, "_embedded": {"calls": made}}
    if not made:
        raise Problem(state.doubts.call_without_card, body)
    return body


def card_of(state: State, phone: str) -> Ref | None:
    """By the last ten digits: the only active lead of the contact or company, or it itself."""
    wanted = _digits(phone)
    for kind in ("contacts", "companies"):
        for id, row in state.entities[kind].items():
            known = [_digits(each) for each in phones_of(row)]
            if not wanted or wanted not in known or row["is_deleted"] or row.get("is_unsorted"):
                continue
            active = [lead for lead in state.linked((kind, id), "leads") if _is_active(state, lead)]
            return ("leads", active[0]) if len(active) == 1 else (kind, id)
    return None


def call_note(state: State, card: Ref, type: str, given: Mapping[str, Any], by: int) -> int:
    """The note that a call leaves on its card."""
    params = {name: given[name] for name in _CALL if name in given}
    at = given.get("created_at", given.get("called_at", state.now()))
    responsible = given.get("responsible_user_id", by)
    note = {
        "note_type": type,
        "params": params,
        "created_at": at,
        "responsible_user_id": responsible,
    }
    return _put(state, card, note, given.get("created_by", by))


def _add(asked: Asked, row: Row) -> int:
    return _put(asked.state, (asked.kind, row["entity_id"]), row, asked.user)


def _put(state: State, card: Ref, row: Row, by: int) -> int:
    id, now, kind = state.number("note", 76_000_000), state.now(), card[0]
    state.notes[id] = {
        "id": id,
        "entity_id": card[1],
        "created_by": row.get("created_by", by),
        "updated_by": by,
        "created_at": row.get("created_at", now),
        "updated_at": now,
        "responsible_user_id": row.get("responsible_user_id", by),
        "group_id": 0,
        "note_type": row["note_type"],
        "params": dict(row["params"]),
        "account_id": state.account_id,
        "_kind": kind,
    }
    if row["note_type"] in CALLS:
        incoming = row["note_type"] == "call_in"
        state.events.append(
            {
                "id": f"01pz{state.number('event')}",
                "type": "incoming_call" if incoming else "outgoing_call",
                "entity_id": card[1],
                "entity_type": SINGULAR[kind],
                "created_by": by,
                "created_at": now,
                "value_after": [{"note": {"id": id}}],
                "value_before": [],
                "account_id": state.account_id,
            }
        )
    return id


def _errors(state: State, kind: str, row: Row) -> Iterable[Row]:
    id = row.get("entity_id")
    entity = state.entities[kind].get(id) if isinstance(id, int) else None
    unsorted = kind == "leads" and isinstance(id, int) and state.is_unsorted(id)
    if entity is None or entity["is_deleted"] or (unsorted and not state.doubts.notes_on_unsorted):
        yield no_choice("entity_id")
        return
    yield from _user_errors(state, row)
    if row["note_type"] not in _PARAMS:
        yield no_choice("note_type")
        return
    yield from errors_of(row["params"], _PARAMS[row["note_type"]], "params.")
    yield from _status_errors(state, row["params"], "params.")


def _change_errors(asked: Asked, row: Row) -> Iterable[Row]:
    note = asked.state.notes.get(row["id"])
    if note is None or note["_kind"] != asked.kind:
        yield error("NotFound", "id", "Entity not found")
        return
    known = _PARAMS[note["note_type"]]
    if not asked.state.doubts.patch_replaces_params:
        known = {name: Field(field.fits) for name, field in known.items()}
    yield from errors_of(row["params"], known, "params.")


def _call_errors(state: State, row: Row) -> Iterable[Row]:
    if row["direction"] not in _DIRECTIONS:
        yield no_choice("direction")
    yield from _user_errors(state, row)
    yield from _status_errors(state, row, "")


def _status_errors(state: State, given: Row, at: str) -> Iterable[Row]:
    if given.get("call_status", 1) not in (None, *_STATUSES):
        yield no_choice(f"{at}call_status")
    who = given.get("call_responsible")
    if isinstance(who, int) and who not in state.users:
        yield no_choice(f"{at}call_responsible")


def _user_errors(state: State, row: Row) -> Iterable[Row]:
    for name in ("responsible_user_id", "created_by", "updated_by"):
        if row.get(name) not in (None, 0) and row[name] not in state.users:
            yield no_choice(name)


def _rows(body: Any) -> list[Any]:
    return body if isinstance(body, list) else []


def _is_of(asked: Asked, row: Row) -> bool:
    return row["_kind"] == asked.kind and ("id" not in asked.names or row["entity_id"] == asked.id)


def _answer(asked: Asked, made: list[tuple[int, int, str]]) -> Row:
    base = f"{asked.state.url}/api/v4/{asked.kind}"
    rows = [
        {
            "id": id,
            "entity_id": entity,
            "request_id": request,
            "_links": {"self": {"href": f"{base}/{entity}/notes/{id}"}},
        }
        for id, entity, request in made
    ]
    return {"_links": {"self": {"href": f"{base}/notes"}}, "_embedded": {"notes": rows}}


def _registered(state: State, id: int, card: Ref, request: str) -> Row:
    kind, entity = card
    href = f"{state.url}/api/v4/{kind}/{entity}"
    return {
        "id": id,
        "entity_id": entity,
        "entity_type": SINGULAR[kind],
        "account_id": state.account_id,
        "request_id": request,
        "_embedded": {"entity": {"id": entity, "_links": {"self": {"href": href}}}},
    }


def _not_found(request: str) -> Row:
    detail = "Entity not found"
    return {"title": detail, "detail": detail, "status": 263, "request_id": request}


def _digits(phone: str) -> str:
    return "".join(filter(str.isdecimal, phone))[-10:]


def _is_active(state: State, lead: int) -> bool:
    row = state.entities["leads"][lead]
    return not row["is_deleted"] and row["status_id"] not in (WON, LOST)
