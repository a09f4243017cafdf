"""Leads made together with a contact and a company, and requests that wait to be accepted."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, Final

from . import entities
from .asked import Asked
from .checking import Field, batch, errors_of, flag, integer, mapping, parameters, rows, text, user
from .listing import filtered, page, word_of
from .notes import call_note
from .problems import Row, error, no_choice, problem
from .state import State

_MOST: Final = 50
_METADATA: Final = {
    "category": Field(text),
    "from": Field(text, required=True),
    "phone": Field(text, required=True),
    "called_at": Field(integer, required=True),
    "duration": Field(integer, required=True),
    "link": Field(text, required=True),
    "service_code": Field(text, required=True),
    "uniq": Field(text, required=True),
    "is_call_event_needed": Field(flag),
    "call_responsible": Field(user),
}
_SIP: Final = {
    "request_id": Field(text),
    "source_name": Field(text, required=True),
    "source_uid": Field(text, required=True),
    "pipeline_id": Field(integer),
    "created_at": Field(integer),
    "metadata": Field(mapping, required=True),
    "_embedded": Field(mapping, required=True),
}


def complex(asked: Asked) -> list[Row]:
    """A flat list, unlike every other write."""
    if isinstance(asked.body, list) and len(asked.body) > _MOST:
        raise problem(400, f"At most {_MOST} rows in one request")
    given = batch(asked.body, entities.FIELDS["leads"], lambda row: _errors(asked.state, row))
    return [_made(asked, row) for row in given]


def sip(asked: Asked) -> Row:
    given = batch(asked.body, _SIP, lambda row: _sip_errors(asked.state, row))
    made = [_unsorted(asked, row) for row in given]
    return {"_total_items": len(made), "_links": {}, "_embedded": {"unsorted": made}}


def unsorted(asked: Asked) -> Row | None:
    query = dict(asked.query)
    found = filtered(
        [_shown(row) for row in asked.state.unsorted.values()],
        query.pop("filter", {}),
        {"category": word_of("category"), "uid": word_of("uid")},
    )
    return page(found, query, name="unsorted", address=asked.address, orders=("created_at",))


def accept(asked: Asked) -> Row:
    waiting = _waiting(asked)
    body = asked.body if isinstance(asked.body, dict) else {}
    spec = {"user_id": Field(integer, required=True), "status_id": Field(integer)}
    if errors_of(body, spec) or body["user_id"] not in asked.state.users:
        raise problem(400, "Name user_id and status_id")
    del asked.state.unsorted[waiting["uid"]]
    for kind in ("contacts", "leads"):
        for id in waiting[kind]:
            place = (
                {"status_id": body["status_id"]} if kind == "leads" and "status_id" in body else {}
            )
            asked.state.entities[kind][id] |= (
                {"is_unsorted": False} if kind == "contacts" else place
            )
    return _shown(waiting)


def decline(asked: Asked) -> Row:
    waiting = _waiting(asked)
    del asked.state.unsorted[waiting["uid"]]
    for kind in ("contacts", "leads"):
        for id in waiting[kind]:
            asked.state.entities[kind][id]["is_deleted"] = True
    return _shown(waiting)


def _errors(state: State, row: Row) -> Iterable[Row]:
    embedded = row.get("_embedded", {})
    plain = {name: value for name, value in embedded.items() if name == "tags"}
    yield from entities.errors(state, "leads", {**row, "_embedded": plain})
    for name, some in embedded.items():
        if name in ("contacts", "companies"):
            yield from _made_errors(state, name, some)
        elif name == "metadata":
            yield from errors_of(some, _METADATA, "_embedded.metadata.")
        elif name != "tags":
            yield error("NotSupportedField", f"_embedded.{name}", "This field was not expected.")


def _made_errors(state: State, kind: str, some: Any) -> Iterable[Row]:
    path = f"_embedded.{kind}"
    if not rows(some) or len(some) > 1:
        yield error("TooManyElements", path, "One of each in one lead.")
        return
    for row in some:
        if "id" in row:
            if row["id"] not in state.entities[kind]:
                yield no_choice(f"{path}.0.id")
            continue
        yield from errors_of(row, entities.FIELDS[kind], f"{path}.0.")
        yield from entities.errors(state, kind, row, f"{path}.0.")


def _made(asked: Asked, given: Row) -> Row:
    state, embedded = asked.state, given.get("_embedded", {})
    ids: dict[str, int | None] = {"contacts": None, "companies": None}
    for kind in ids:
        for row in embedded.get(kind, []):
            ids[kind] = row.get("id") or entities.add(state, kind, row, asked.user)
    plain = {"_embedded": {"tags": embedded["tags"]}} if "tags" in embedded else {}
    lead = entities.add(
        state,
        "leads",
        {**{k: v for k, v in given.items() if k != "_embedded"}, **plain},
        asked.user,
    )
    for kind, id in ids.items():
        if id is not None:
            state.link(("leads", lead), (kind, id), main=True)
    if ids["contacts"] is not None and ids["companies"] is not None:
        state.link(("contacts", ids["contacts"]), ("companies", ids["companies"]))
    return {
        "id": lead,
        "contact_id": ids["contacts"],
        "company_id": ids["companies"],
        "request_id": [given["request_id"]],
        "merged": False,
    }


def _sip_errors(state: State, row: Row) -> Iterable[Row]:
    yield from errors_of(row["metadata"], _METADATA, "metadata.")
    pipeline = row.get("pipeline_id")
    if pipeline is not None and not state.pipelines.get(pipeline, {}).get("is_unsorted_on"):
        yield no_choice("pipeline_id")
    for kind, some in row["_embedded"].items():
        if kind not in ("leads", "contacts", "companies") or not rows(some):
            yield error("NotSupportedField", f"_embedded.{kind}", "This field was not expected.")
            continue
        for each in some:
            at = f"_embedded.{kind}.0."
            yield from errors_of(each, entities.FIELDS[kind], at)
            yield from entities.errors(state, kind, each, at)


def _unsorted(asked: Asked, given: Row) -> Row:
    state = asked.state
    made: dict[str, list[int]] = {"contacts": [], "leads": [], "companies": []}
    place = {"pipeline_id": given["pipeline_id"]} if "pipeline_id" in given else {}
    for kind, ids in made.items():
        for row in given["_embedded"].get(kind, []):
            ids.append(
                entities.add(state, kind, {**row, **(place if kind == "leads" else {})}, asked.user)
            )
    for id in made["contacts"]:
        state.entities["contacts"][id]["is_unsorted"] = True
        for lead in made["leads"]:
            state.link(("leads", lead), ("contacts", id), main=True)
    uid, metadata = secrets.token_hex(20), given["metadata"]
    state.unsorted[uid] = {
        "uid": uid,
        "source_uid": given["source_uid"],
        "source_name": given["source_name"],
        "category": "sip",
        "pipeline_id": state.entities["leads"][made["leads"][0]]["pipeline_id"]
        if made["leads"]
        else None,
        "created_at": given.get("created_at", state.now()),
        "metadata": {
            **{n: metadata[n] for n in ("from", "phone", "called_at", "link", "service_code")},
            "duration": str(metadata["duration"]),
        },
        **made,
    }
    if metadata.get("is_call_event_needed") and made["leads"]:
        call_note(state, ("leads", made["leads"][0]), "call_in", metadata, asked.user)
    embedded = {kind: [{"id": id, "_links": {}} for id in ids] for kind, ids in made.items()}
    links = {"self": {"href": f"{asked.address}/{uid}"}}
    return {
        "uid": uid,
        "account_id": state.account_id,
        "request_id": given["request_id"],
        "_links": links,
        "_embedded": embedded,
    }


def _shown(row: Row) -> Row:
    plain = {
        name: value for name, value in row.items() if name not in ("contacts", "leads", "companies")
    }
    embedded = {
        kind: [{"id": id} for id in row[kind]] for kind in ("contacts", "leads", "companies")
    }
    return {**plain, "_embedded": embedded}


def _waiting(asked: Asked) -> Row:
    parameters(asked.query, ())
    row = asked.state.unsorted.get(asked.names["uid"])
    if row is None:
        raise problem(404)
    return row
