"""`where[0][type]=equals&where[0][attribute]=…`: the filter of a list, and which records fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Record = Mapping[str, Any]


class WrongFilter(Exception):
    """The reason that EspoCRM gives."""


def filters(query: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """The items of `where`, as PHP reads them."""
    root: dict[str, Any] = {}
    for name, value in query:
        if name.startswith("where["):
            _put(root, re.findall(r"\[([^\]]*)\]", name), value)
    return _listed(root)


def fits(record: Record, items: list[dict[str, Any]]) -> bool:
    return all(_fits(record, item) for item in items)


def _fits(record: Record, item: Mapping[str, Any]) -> bool:
    kind = item.get("type")
    if kind == "or":
        return any(_fits(record, each) for each in _listed(item.get("value", {})))
    attribute, value = item.get("attribute", ""), item.get("value")
    stored = _stored(record, str(attribute))
    if kind == "equals":
        same = [each.casefold() for each in stored]  # as the database collates
        return str(value).casefold() in same
    if kind == "contains":
        return any(str(value).casefold() in each.casefold() for each in stored)
    if kind == "in":
        return any(each in _values(value) for each in stored)
    raise WrongFilter(f"Unknown where item type '{kind}'.")


def _stored(record: Record, attribute: str) -> list[str]:
    """A phone or an e-mail is compared with every one that the record has."""
    several = {"phoneNumber": "phoneNumber", "emailAddress": "emailAddress"}
    if attribute in several:
        rows = record.get(f"{attribute}Data") or []
        return [str(row[several[attribute]]) for row in rows]
    value = record.get(attribute)
    return [] if value is None else [str(value)]


def _values(value: Any) -> list[str]:
    return list(value.values()) if isinstance(value, dict) else [str(value)]


def _put(root: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        root = root.setdefault(step, {})
    root[path[-1]] = value


def _listed(numbered: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [numbered[key] for key in sorted(numbered, key=int)]
