"""crm.item: the newer methods over the same entities, in camelCase, with integers as integers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from . import creation, multifields
from .entities import candidates
from .errors import Refused, bad_value
from .fields import camel, described, fields
from .filters import chosen, sorted_by, split
from .method import Asked, Method, Page
from .paging import page
from .params import Row, integer, mapping, sequence, text
from .state import ENTITIES, KIND_OF, State

_MULTI: Final = ("PHONE", "EMAIL")


def get(asked: Asked) -> Row:
    kind = _kind(asked)
    return {"item": item(asked.state, kind, _found(asked, kind))}


def listed(asked: Asked) -> Page:
    state, kind, given = asked.state, _kind(asked), asked.given
    legacy = {camel(name): name for name in fields(state, kind)}
    wanted = _translated(state, given.get("filter", {}), legacy)
    rows = chosen(candidates(state, kind, wanted), wanted, fields(state, kind), _not_filtered)
    order = {legacy.get(name, name): way for name, way in given.get("order", {}).items()}
    select = {text(each) for each in given.get("select") or ["*"]}
    if unknown := select - legacy.keys() - {"*", "fm", "uf_*", "ufCrm*"}:
        raise bad_value(f"Unknown field '{sorted(unknown)[0]}' in select")
    return page(
        sorted_by(rows, order),
        given.get("start"),
        lambda part: {"items": [_selected(item(state, kind, row), select) for row in part]},
    )


def add(asked: Asked) -> Row:
    state, kind = asked.state, _kind(asked)
    given = _written(state, kind, asked.given.get("fields", {}))
    try:
        return {"item": item(state, kind, creation.add(state, kind, given, asked.who.user))}
    except creation.Unfit as error:
        raise bad_value(str(error)) from None


def update(asked: Asked) -> Row:
    state, kind = asked.state, _kind(asked)
    row = _found(asked, kind)
    try:
        given = _written(state, kind, asked.given.get("fields", {}))
        creation.update(state, kind, row, given, asked.who.user)
    except creation.Unfit as error:
        raise bad_value(str(error)) from None
    return {"item": item(state, kind, row)}


def delete(asked: Asked) -> list[Row]:
    kind = _kind(asked)
    creation.delete(asked.state, kind, _found(asked, kind)["ID"])
    return []


def describe(asked: Asked) -> Row:
    kind = _kind(asked)
    known = described(asked.state, kind).items()
    return {"fields": {camel(name): {**one, "upperName": name} for name, one in known}}


def item(state: State, kind: str, row: Row) -> Row:
    several = [name for name in _MULTI if name in fields(state, kind)]
    plain = {camel(name): row[name] for name in fields(state, kind) if name not in several}
    fm = [
        {
            "id": each["ID"],
            "typeId": name,
            "valueType": each["VALUE_TYPE"],
            "value": each["VALUE"],
        }
        for name in several
        for each in row[name]
    ]
    return {**plain, "entityTypeId": ENTITIES[kind], **({"fm": fm} if several else {})}


def _selected(whole: Row, select: set[str]) -> Row:
    """`*` has no fm in a list."""
    return {
        name: value
        for name, value in whole.items()
        if name in select or name == "id" or ("*" in select and name != "fm")
    }


def _written(state: State, kind: str, given: Mapping[str, Any]) -> Row:
    """The legacy names of what is to be written. Raises Refused for names that do not exist."""
    legacy = {camel(name): name for name in fields(state, kind)}
    rows = [mapping(each) for each in sequence(given.get("fm", []))]
    values: Row = {}
    for name, value in given.items():
        if name == "fm" and "PHONE" in legacy.values():
            continue
        if name not in legacy or legacy[name] in _MULTI:
            raise bad_value(f"Unknown field '{name}'")
        values[legacy[name]] = value
    for each in rows:
        if each.get("typeId") not in _MULTI:
            raise bad_value(f"Unknown typeId {each.get('typeId')!r} in fm")
        values.setdefault(each["typeId"], []).append(multifields.from_item(each))
    return values


def _translated(state: State, wanted: Row, legacy: Mapping[str, str]) -> Row:
    translated = {}
    for key, value in wanted.items():
        operator, name = split(key)
        closed = name == "contactIds" and not state.doubts.deals_by_any_contact
        if name not in legacy or legacy[name] in _MULTI or closed:
            raise _not_filtered(name)
        translated[operator + legacy[name]] = value
    return translated


def _not_filtered(name: str) -> Refused:
    return bad_value(f"Invalid filter: field '{name}' is not allowed in filter")


def _kind(asked: Asked) -> str:
    number = asked.need("entityTypeId")
    if number not in KIND_OF:
        raise Refused(400, "NOT_FOUND", "Smart process not found")
    return KIND_OF[number]


def _found(asked: Asked, kind: str) -> Row:
    row = asked.state.entities[kind].get(asked.need("id"))
    if row is None:
        raise Refused(400, "NOT_FOUND", "Element not found")
    return row


_TYPE: Final = {"entityTypeId": integer}
_ONE: Final = {**_TYPE, "id": integer}
_LIST: Final = {
    **_TYPE,
    "filter": mapping,
    "select": sequence,
    "order": mapping,
    "start": integer,
}
METHODS: Final = (
    Method("crm.item.get", get, _ONE, "crm", exact=True),
    Method("crm.item.list", listed, _LIST, "crm", exact=True),
    Method("crm.item.add", add, {**_TYPE, "fields": mapping}, "crm", exact=True),
    Method("crm.item.update", update, {**_ONE, "fields": mapping}, "crm", exact=True),
    Method("crm.item.delete", delete, _ONE, "crm", exact=True),
    Method("crm.item.fields", describe, _TYPE, "crm", exact=True),
)
