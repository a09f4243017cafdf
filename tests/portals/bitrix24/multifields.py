"""PHONE and EMAIL of an entity: rows of their own, each with an id."""

from __future__ import annotations

from typing import Any

from .fields import VALUE_TYPES
from .params import Row, integer, mapping, sequence, text
from .state import State


def written(state: State, name: str, stored: list[Row], given: Any) -> list[Row]:
    """A row without ID is added; one with its ID is changed, and deleted when VALUE is empty.
    Raises ValueError."""
    rows = {row["ID"]: row for row in stored}
    for each in map(mapping, sequence(given)):
        unknown = each.keys() - {"ID", "VALUE", "VALUE_TYPE", "TYPE_ID"}
        if unknown:
            raise ValueError(f"has unknown keys {sorted(unknown)}")
        id = integer(each["ID"]) if each.get("ID") else None
        if id is not None and id not in rows:
            raise ValueError(f"has no row {id}")
        _put(state, name, rows, id, each)
    return list(rows.values())


def _put(state: State, name: str, rows: dict[int, Row], id: int | None, each: Row) -> None:
    value = text(each.get("VALUE", rows[id]["VALUE"] if id else "")).strip()
    kind = each.get("VALUE_TYPE", rows[id]["VALUE_TYPE"] if id else "WORK")
    if kind not in VALUE_TYPES:
        raise ValueError(f"has unknown VALUE_TYPE {kind!r}")
    if value:
        id = id or state.number("row")
        rows[id] = {"ID": id, "VALUE_TYPE": kind, "VALUE": value, "TYPE_ID": name}
    elif id is not None:
        del rows[id]


def legacy(rows: list[Row]) -> list[Row]:
    return [{**row, "ID": str(row["ID"])} for row in rows]


def from_item(given: Row) -> Row:
    """A row of `fm` under the legacy names. An unknown key is told of when the row is written."""
    names = {"id": "ID", "typeId": "TYPE_ID", "valueType": "VALUE_TYPE", "value": "VALUE"}
    return {names.get(key, key): value for key, value in given.items()}
