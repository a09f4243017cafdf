"""crm.requisite: INN and the other numbers of a company or a contact. Its errors have code 0."""

from __future__ import annotations

from typing import Any, Final

from .errors import Refused
from .filters import chosen, sorted_by
from .method import Asked, Method, Page
from .paging import page
from .params import Row, integer, mapping, sequence, text
from .state import KIND_OF, State

_PRESETS: Final = {1: "Organisation", 2: "Sole trader", 3: "Person"}
_INTEGERS: Final = ("ENTITY_TYPE_ID", "ENTITY_ID", "PRESET_ID", "SORT")
_TEXTS: Final = (
    "NAME",
    "ACTIVE",
    "RQ_INN",
    "RQ_KPP",
    "RQ_OGRN",
    "RQ_OGRNIP",
    "RQ_COMPANY_NAME",
    "RQ_COMPANY_FULL_NAME",
    "XML_ID",
    "ORIGINATOR_ID",
)
_FIELDS: Final = ("ID", *_INTEGERS, *_TEXTS)


def listed(asked: Asked) -> Page:
    given = asked.given
    rows = chosen(asked.state.requisites.values(), given.get("filter", {}), _FIELDS, _unknown)
    names = [text(each) for each in given.get("select") or ["*"]]
    names = list(_FIELDS) if "*" in names else names
    for name in [*names, *given.get("order", {})]:
        if name not in _FIELDS:
            raise _unknown(name)
    ordered = sorted_by(rows, given.get("order", {}))
    return page(ordered, given.get("start"), lambda part: [_shown(row, names) for row in part])


def get(asked: Asked) -> Row:
    return _shown(_found(asked), list(_FIELDS))


def add(asked: Asked) -> int:
    row = keep(asked.state, asked.given.get("fields", {}))
    return int(row["ID"])


def update(asked: Asked) -> bool:
    row = _found(asked)
    row.update(_read(asked.given.get("fields", {})))
    return True


def keep(state: State, given: Row) -> Row:
    """Raises Refused: the owner and a preset must exist, and a name be given."""
    row = {**dict.fromkeys(_FIELDS), "ACTIVE": "Y", **_read(given)}
    kind = KIND_OF.get(row["ENTITY_TYPE_ID"] or 0)
    if kind not in ("contact", "company") or row["ENTITY_ID"] not in state.entities[kind]:
        raise _refused("ENTITY_TYPE_ID or ENTITY_ID is not defined or invalid")
    if row["PRESET_ID"] not in _PRESETS:
        raise _refused("PRESET_ID is not defined or invalid")
    if not row["NAME"]:
        raise _refused('The field "NAME" is required.')
    row["ID"] = state.number("requisite")
    state.requisites[row["ID"]] = row
    return row


def presets(asked: Asked) -> Page:
    rows = [{"ID": str(id), "NAME": name, "ACTIVE": "Y"} for id, name in _PRESETS.items()]
    return Page(rows, len(rows))


def _read(given: Row) -> Row:
    row: Row = {}
    for name, value in given.items():
        if name not in _FIELDS or name == "ID":
            raise _unknown(name)
        row[name] = integer(value) if name in _INTEGERS else text(value)
    return row


def _found(asked: Asked) -> Row:
    row = asked.state.requisites.get(asked.given.get("ID", 0))
    if row is None:
        raise _refused("The Requisite with ID '{}' is not found".format(asked.given.get("ID", "")))
    return row


def _shown(row: Row, names: list[str]) -> dict[str, Any]:
    return {name: None if row[name] is None else str(row[name]) for name in names}


def _unknown(name: str) -> Refused:
    return _refused(f"Unknown field {name} of a requisite")


def _refused(words: str) -> Refused:
    return Refused(400, 0, words)


_LIST: Final = {"filter": mapping, "select": sequence, "order": mapping, "start": integer}
_ID: Final = {"ID": integer}
METHODS: Final = (
    Method("crm.requisite.list", listed, _LIST, "crm"),
    Method("crm.requisite.get", get, _ID, "crm"),
    Method("crm.requisite.add", add, {"fields": mapping}, "crm"),
    Method("crm.requisite.update", update, {**_ID, "fields": mapping}, "crm"),
    Method("crm.requisite.preset.list", presets, _LIST, "crm"),
)
