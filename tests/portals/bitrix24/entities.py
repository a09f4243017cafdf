"""crm.lead, crm.contact, crm.company, crm.deal: the older methods, where values are strings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from . import creation, multifields
from .errors import Refused, legacy
from .fields import described, fields
from .filters import chosen, sorted_by
from .method import Asked, Method, Page
from .paging import page
from .params import Row, integer, mapping, sequence, text
from .state import ENTITIES, State


def get(kind: str, asked: Asked) -> Row:
    row = found(asked, kind)
    return rendered(asked.state, kind, row, list(row))


def listed(kind: str, asked: Asked) -> Page:
    state, given = asked.state, asked.given
    wanted = given.get("filter", {})
    rows = chosen(candidates(state, kind, wanted), wanted, fields(state, kind), _unknown(kind))
    names = _selected(state, kind, [text(each) for each in given.get("select") or ["*"]])
    ordered = sorted_by(rows, _ordered(state, kind, given.get("order", {})))
    return page(
        ordered,
        given.get("start"),
        lambda part: [rendered(state, kind, row, names) for row in part],
    )


def add(kind: str, asked: Asked) -> int:
    try:
        row = creation.add(asked.state, kind, asked.given.get("fields", {}), asked.who.user)
    except creation.Unfit as error:
        raise legacy(str(error)) from None
    return int(row["ID"])


def update(kind: str, asked: Asked) -> bool:
    row = found(asked, kind)
    try:
        creation.update(asked.state, kind, row, asked.given.get("fields", {}), asked.who.user)
    except creation.Unfit as error:
        raise legacy(str(error)) from None
    return True


def delete(kind: str, asked: Asked) -> bool:
    creation.delete(asked.state, kind, found(asked, kind)["ID"])
    return True


def describe(kind: str, asked: Asked) -> Row:
    return described(asked.state, kind)


def found(asked: Asked, kind: str) -> Row:
    id = asked.given.get("ID")
    if not id:
        raise legacy("ID is not defined or invalid.")
    if id not in asked.state.entities[kind]:
        raise legacy("Not found")
    return asked.state.entities[kind][id]


def rendered(state: State, kind: str, row: Row, names: list[str]) -> Row:
    """Strings, nulls and lists of PHONE rows."""
    known = fields(state, kind)
    return {
        name: multifields.legacy(row[name]) if known[name].several else _string(row[name])
        for name in names
        if not (known[name].several and not row[name]) and known[name].type != "integers"
    }


def _string(value: Any) -> str | None:
    return None if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)


def candidates(state: State, kind: str, wanted: Row) -> Iterable[Row]:
    """The rows that a filter can be about."""
    ids, rows = state.index.narrowed(kind, wanted), state.entities[kind]
    return rows.values() if ids is None else [rows[id] for id in ids]


def _selected(state: State, kind: str, select: list[str]) -> list[str]:
    """`*` has neither own fields nor PHONE and EMAIL; ID is always there."""
    known, names = fields(state, kind), ["ID"]
    for each in select:
        if each == "*":
            names += [n for n, one in known.items() if not (one.several or n.startswith("UF_"))]
        elif each == "UF_*":
            names += [name for name in known if name.startswith("UF_")]
        elif each in known:
            names.append(each)
        else:
            raise _unknown(kind)(each)
    return list(dict.fromkeys(names))


def _ordered(state: State, kind: str, order: Row) -> Row:
    for name in order:
        if name not in fields(state, kind):
            raise _unknown(kind)(name)
    return order


def _unknown(kind: str) -> Any:
    return partial(_unknown_field, kind)


def _unknown_field(kind: str, name: str) -> Refused:
    return legacy(f"Unknown field {name} of a {kind}")


_ID: Final = {"ID": integer}
_FIELDS: Final = {"fields": mapping, "params": mapping}
_LIST: Final = {"filter": mapping, "select": sequence, "order": mapping, "start": integer}
_VERBS: Final[dict[str, tuple[Any, Row]]] = {
    "get": (get, _ID),
    "list": (listed, _LIST),
    "add": (add, _FIELDS),
    "update": (update, {**_ID, **_FIELDS}),
    "delete": (delete, _ID),
    "fields": (describe, {}),
}
METHODS: Final = tuple(
    Method(f"crm.{kind}.{verb}", partial(work, kind), params, "crm")
    for kind in ENTITIES
    for verb, (work, params) in _VERBS.items()
)
