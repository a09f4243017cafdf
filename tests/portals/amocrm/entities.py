"""Contacts, companies and leads: listed, added, changed, linked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from . import fields
from .asked import Asked
from .checking import Field, batch, errors_of, integer, mapping, parameters, rows, text
from .listing import Holds, between, filtered, listed, one_of, page, whole, word_of
from .problems import Row, error, no_choice, problem
from .state import LOST, WON, Ref, State

_WITH: Final = {
    "contacts": ("leads", "companies", "customers", "catalog_elements"),
    "companies": ("leads", "contacts", "customers", "catalog_elements"),
    "leads": ("contacts", "loss_reason", "source_id", "catalog_elements"),
}
# What is embedded without being asked for.
_ALWAYS: Final = {"contacts": ("companies",), "companies": (), "leads": ("companies",)}
_COMMON: Final = {
    "name": Field(text, nullable=True),
    "responsible_user_id": Field(integer),
    "created_by": Field(integer),
    "updated_by": Field(integer),
    "created_at": Field(integer),
    "updated_at": Field(integer),
    "custom_fields_values": Field(rows, nullable=True),
    "tags_to_add": Field(rows),
    "tags_to_delete": Field(rows),
    "_embedded": Field(mapping),
    "request_id": Field(text),
}
FIELDS: Final = {
    "contacts": {**_COMMON, "first_name": Field(text), "last_name": Field(text)},
    "companies": _COMMON,
    "leads": {
        **_COMMON,
        "price": Field(integer),
        "status_id": Field(integer),
        "pipeline_id": Field(integer),
        "loss_reason_id": Field(integer, nullable=True),
        "closed_at": Field(integer, nullable=True),
    },
}
_EMBEDDED: Final = {
    "contacts": ("tags",),
    "companies": ("tags",),
    "leads": ("tags", "contacts", "companies"),
}


def listing(asked: Asked) -> Row | None:
    state, query = asked.state, dict(asked.query)
    _check_with(asked.kind, query.pop("with", ""))
    found = [
        row for row in state.entities[asked.kind].values() if _is_listed(state, asked.kind, row)
    ]
    if (wanted := query.pop("query", None)) is not None:
        found = [row for row in found if _holds(row, str(wanted))]
    given = query.pop("filter", {})
    if given and state.filters:
        found = filtered(found, given, _filters(asked.kind))
    answer = page(found, query, name=asked.kind, address=asked.address)
    if answer is not None:
        embedded = answer["_embedded"]
        embedded[asked.kind] = [shown(asked, row) for row in embedded[asked.kind]]
    return answer


def get(asked: Asked) -> Row:
    parameters(asked.query, ("with",))
    _check_with(asked.kind, asked.query.get("with", ""))
    return shown(asked, asked.entity())


def post(asked: Asked) -> Row:
    given = batch(asked.body, FIELDS[asked.kind], lambda row: errors(asked.state, asked.kind, row))
    made = [(add(asked.state, asked.kind, row, asked.user), row["request_id"]) for row in given]
    return answered(asked, asked.kind, made)


def patch(asked: Asked) -> Row:
    spec = {**FIELDS[asked.kind], "id": Field(integer, required=True)}
    given = batch(asked.body, spec, lambda row: _change_errors(asked.state, asked.kind, row))
    for row in given:
        change(asked.state, asked.kind, row["id"], row)
    return answered(asked, asked.kind, [(row["id"], row["request_id"]) for row in given])


def patch_one(asked: Asked) -> Row:
    asked.entity()
    row = {**(asked.body if isinstance(asked.body, dict) else {}), "id": asked.id}
    spec = {**FIELDS[asked.kind], "id": Field(integer)}
    batch([row], spec, lambda each: _change_errors(asked.state, asked.kind, each))
    change(asked.state, asked.kind, asked.id, row)
    return shown(asked, asked.entity())


def links(asked: Asked) -> Row:
    row, ref = asked.entity(), (asked.kind, asked.id)
    found = [
        {"to_entity_id": id, "to_entity_type": kind, "metadata": None}
        for kind in asked.state.entities
        for id in asked.state.linked(ref, kind)
    ]
    return {"_total_items": len(found), "_links": {}, "_embedded": {"links": found}} if row else {}


def link(asked: Asked) -> Row:
    asked.entity()
    spec = {
        "to_entity_id": Field(integer, required=True),
        "to_entity_type": Field(text, required=True),
        "metadata": Field(mapping, nullable=True),
    }
    made = []
    if not isinstance(asked.body, list) or not asked.body:
        raise problem(400, "The body is no list of links")
    for row in asked.body:
        if errors_of(row, spec) or row["to_entity_type"] not in asked.state.entities:
            raise problem(400, "A link names to_entity_id and to_entity_type")
        to = (row["to_entity_type"], row["to_entity_id"])
        if to[1] not in asked.state.entities[to[0]]:
            raise problem(404)
        asked.state.link((asked.kind, asked.id), to)
        _touch(asked.state, asked.kind, asked.id)
        made.append({"entity_id": asked.id, "entity_type": asked.kind, **row})
    return {"_total_items": len(made), "_links": {}, "_embedded": {"links": made}}


def add(state: State, kind: str, given: Row, by: int) -> int:
    """The id of a new entity; `given` is checked already."""
    id, now = state.number("entity", 100_000), state.now()
    row: Row = {
        "id": id,
        "name": given.get("name") or "",
        "responsible_user_id": given.get("responsible_user_id", by),
        "group_id": 0,
        "created_by": given.get("created_by", by),
        "updated_by": given.get("updated_by", by),
        "created_at": given.get("created_at", now),
        "updated_at": given.get("updated_at", now),
        "closest_task_at": None,
        "is_deleted": False,
        "custom_fields_values": None,
        "account_id": state.account_id,
        "tags": [],
    }
    if kind == "contacts":
        row |= {"first_name": "", "last_name": "", "is_unsorted": False}
    if kind == "leads":
        row |= {
            "price": 0,
            "loss_reason_id": None,
            "source_id": None,
            "closed_at": None,
            "score": None,
        }
        row |= _first_place(state)
    state.entities[kind][id] = row
    _fill(state, kind, row, given)
    state.tell(kind, "add", shown_row(state, kind, row))
    return id


def change(state: State, kind: str, id: int, given: Row) -> None:
    row = state.entities[kind][id]
    row["updated_at"] = given.get("updated_at", state.now())
    _fill(state, kind, row, given)
    state.tell(kind, "update", shown_row(state, kind, row))


def answered(asked: Asked, name: str, made: list[tuple[int, str]]) -> Row:
    """How a write of several rows is answered."""
    rows = [
        {"id": id, "request_id": request, "_links": {"self": {"href": f"{asked.address}/{id}"}}}
        for id, request in made
    ]
    return {"_links": {"self": {"href": asked.address}}, "_embedded": {name: rows}}


def shown(asked: Asked, row: Row) -> Row:
    """As the API shows it, with what was asked for embedded."""
    wanted = [each for each in asked.query.get("with", "").split(",") if each]
    kinds = [each for each in (*_ALWAYS[asked.kind], *wanted) if each in asked.state.entities]
    made = shown_row(asked.state, asked.kind, row)
    for kind in kinds:
        made["_embedded"][kind] = _embedded(asked.state, (asked.kind, row["id"]), kind)
    made["_links"] = {"self": {"href": f"{asked.state.url}/api/v4/{asked.kind}/{row['id']}"}}
    return made


def shown_row(state: State, kind: str, row: Row) -> Row:
    plain = {name: value for name, value in row.items() if name != "tags"}
    return {**plain, "_embedded": {"tags": list(row["tags"])}}


def errors(state: State, kind: str, row: Row, at: str = "") -> Iterable[Row]:
    """What is wrong with a row whose fields are of the right types."""
    for name in ("responsible_user_id", "created_by", "updated_by"):
        if row.get(name) not in (None, 0) and row[name] not in state.users:
            yield no_choice(f"{at}{name}")
    yield from fields.errors(
        state, kind, row.get("custom_fields_values"), f"{at}custom_fields_values"
    )
    for name in ("tags_to_add", "tags_to_delete"):
        yield from fields.tag_errors(row.get(name), f"{at}{name}")
    yield from _embedded_errors(state, kind, row.get("_embedded", {}), at)
    if kind == "leads":
        yield from _place_errors(state, row, at)


def _embedded_errors(state: State, kind: str, given: Row, at: str) -> Iterable[Row]:
    for name, some in given.items():
        path = f"{at}_embedded.{name}"
        if name not in _EMBEDDED[kind] or not rows(some):
            yield error("NotSupportedField", path, "This field was not expected.")
        elif name == "tags":
            yield from fields.tag_errors(some, path)
        else:
            for place, each in enumerate(some):
                if not set(each) <= {"id", "is_main"} or each.get("id") not in state.entities[name]:
                    yield no_choice(f"{path}.{place}.id")


def _place_errors(state: State, row: Row, at: str) -> Iterable[Row]:
    statuses = state.statuses()
    pipeline = row.get("pipeline_id")
    if pipeline is not None and pipeline not in statuses:
        yield no_choice(f"{at}pipeline_id")
        return
    known = (
        statuses[pipeline]
        if pipeline
        else {k: v for each in statuses.values() for k, v in each.items()}
    )
    if "status_id" in row and row["status_id"] not in known:
        yield no_choice(f"{at}status_id")


def _change_errors(state: State, kind: str, row: Row) -> Iterable[Row]:
    if row["id"] not in state.entities[kind]:
        yield error("NotFound", "id", "Entity not found")
        return
    if kind == "leads" and "pipeline_id" not in row and "status_id" in row:
        row = {**row, "pipeline_id": _pipeline_for(state, row)}
    for name in row.get("_embedded", {}):
        if name != "tags":  # links are made by the link of an entity
            yield error("NotSupportedField", f"_embedded.{name}", "This field was not expected.")
            return
    yield from errors(state, kind, row)


def _pipeline_for(state: State, row: Row) -> int:
    """A status of another pipeline moves the lead; 142 and 143 are in each."""
    mine: int = state.entities["leads"][row["id"]]["pipeline_id"]
    if row["status_id"] in state.statuses()[mine]:
        return mine
    return next((id for id, each in state.statuses().items() if row["status_id"] in each), mine)


def _fill(state: State, kind: str, row: Row, given: Row) -> None:
    plain = ("name", "first_name", "last_name", "responsible_user_id", "price", "loss_reason_id")
    row |= {name: given[name] for name in plain if name in given and name in row}
    if kind == "contacts" and {"first_name", "last_name"} & set(given):
        row["name"] = f"{row['first_name']} {row['last_name']}".strip()
    elif kind == "contacts" and given.get("name"):
        row["first_name"], row["last_name"] = given["name"], ""
    if kind == "leads":
        _move(state, row, given)
    fields.write(state, kind, row, given.get("custom_fields_values"))
    fields.tag(state, row, given)
    for name in ("contacts", "companies"):
        for each in given.get("_embedded", {}).get(name, []):
            state.link((kind, row["id"]), (name, each["id"]), main=bool(each.get("is_main")))


def _move(state: State, row: Row, given: Row) -> None:
    if "pipeline_id" in given:
        first = _first_status(state.pipelines[given["pipeline_id"]])
        row |= {"pipeline_id": given["pipeline_id"], "status_id": given.get("status_id", first)}
    elif "status_id" in given:
        row["pipeline_id"] = _pipeline_for(state, {**given, "id": row["id"]})
        row["status_id"] = given["status_id"]
    closed = row["status_id"] in (WON, LOST)
    row["closed_at"] = (row["closed_at"] or state.now()) if closed else None


def _first_place(state: State) -> Row:
    main = next(each for each in state.pipelines.values() if each["is_main"])
    return {"pipeline_id": main["id"], "status_id": _first_status(main)}


def _first_status(pipeline: Row) -> int:
    usual = [each for each in pipeline["_embedded"]["statuses"] if each["type"] != 1]
    return int(min(usual, key=lambda each: each["sort"])["id"])


def _touch(state: State, kind: str, id: int) -> None:
    state.entities[kind][id]["updated_at"] = state.now()


def _is_listed(state: State, kind: str, row: Row) -> bool:
    if row["is_deleted"]:
        return False
    return not (row.get("is_unsorted") or (kind == "leads" and state.is_unsorted(row["id"])))


def _holds(row: Row, wanted: str) -> bool:
    """As the search of the account: a part of any text, telephone numbers by their digits."""
    texts = [str(row[name]) for name in ("name", "first_name", "last_name") if row.get(name)]
    for each in row["custom_fields_values"] or []:
        values = [str(value["value"]) for value in each["values"]]
        texts += values
        if each["field_code"] == "PHONE" and wanted.isdecimal():
            texts += ["".join(filter(str.isdecimal, value)) for value in values]
    return any(wanted.casefold() in each.casefold() for each in texts)


def _filters(kind: str) -> dict[str, Holds]:
    common: dict[str, Holds] = {
        "id": one_of("id"),
        "name": word_of("name"),
        "responsible_user_id": one_of("responsible_user_id"),
        "created_at": between("created_at"),
        "updated_at": between("updated_at"),
        "custom_fields_values": _by_values,
    }
    if kind != "leads":
        return common
    return {**common, "pipeline_id": one_of("pipeline_id"), "statuses": _in_status}


def _by_values(row: Row, given: Any) -> bool:
    kept = {each["field_id"]: each["values"] for each in row["custom_fields_values"] or []}
    return all(
        any(value["value"] in listed(wanted) for value in kept.get(whole(id, "field"), []))
        for id, wanted in given.items()
    )


def _in_status(row: Row, given: Any) -> bool:
    for each in listed(given):
        if not isinstance(each, dict) or set(each) != {"pipeline_id", "status_id"}:
            raise problem(400, "A status is named with its pipeline")
        asked = (whole(each["pipeline_id"], "pipeline_id"), whole(each["status_id"], "status_id"))
        if asked == (row["pipeline_id"], row["status_id"]):
            return True
    return False


def _check_with(kind: str, given: str) -> None:
    parameters(dict.fromkeys(filter(None, given.split(","))), _WITH[kind])


def _embedded(state: State, ref: Ref, kind: str) -> list[Row]:
    found: list[Row] = [{"id": id, "_links": {}} for id in state.linked(ref, kind)]
    if ref[0] == "leads" and kind == "contacts":
        for place, each in enumerate(found):
            each["is_main"] = place == 0
    return found
