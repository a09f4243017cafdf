"""`where[0][type]=equals&where[0][attribute]=…`: the filter of a list, and which records fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

Record = Mapping[str, Any]


class WrongFilter(Exception):
    """The reason that EspoCRM gives."""


def filters(query: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """The items of `where`, as PHP reads them. Raises WrongFilter."""
    root: dict[str, Any] = {}
    for name, value in query:
        if name.startswith("where["):
            _put(root, re.findall(r"\[([^\]]*)\]", name), value)
    return _items(root)


def checked(items: Iterable[Mapping[str, Any]], attributes: Iterable[str]) -> None:
    """Raises WrongFilter for a type or an attribute that there is not."""
    known = set(attributes)
    for item in items:
        kind, attribute = item.get("type"), item.get("attribute")
        if not kind:
            raise WrongFilter("Bad where item. No 'type'.")
        if attribute is not None and attribute not in known:
            raise WrongFilter(f"Not existing attribute '{attribute}' in where.")
        if kind in _GROUPS:
            checked(_items(item.get("value")), known)
        elif kind not in _TESTS:
            raise WrongFilter(f"Unknown where item type '{kind}'.")
        elif attribute is None:
            raise WrongFilter("Bad where item. No 'attribute'.")


def fits(record: Record, items: Iterable[Mapping[str, Any]]) -> bool:
    return all(_fits(record, item) for item in items)


def _fits(record: Record, item: Mapping[str, Any]) -> bool:
    kind = str(item["type"])
    if kind in _GROUPS:
        return _GROUPS[kind](_fits(record, each) for each in _items(item.get("value")))
    stored = [each.casefold() for each in _stored(record, str(item["attribute"]))]
    asked = [each.casefold() for each in _values(item.get("value"))]  # as the database collates
    return _TESTS[kind](stored, asked)


# Each with what a record has of the attribute, and what is asked for.
_TESTS: Final[Mapping[str, Callable[[list[str], list[str]], bool]]] = {
    "equals": lambda stored, asked: any(each in asked for each in stored),
    "notEquals": lambda stored, asked: all(each not in asked for each in stored),
    "in": lambda stored, asked: any(each in asked for each in stored),
    "notIn": lambda stored, asked: all(each not in asked for each in stored),
    "contains": lambda stored, asked: any(asked[0] in each for each in stored),
    "startsWith": lambda stored, asked: any(each.startswith(asked[0]) for each in stored),
    "endsWith": lambda stored, asked: any(each.endswith(asked[0]) for each in stored),
}
_GROUPS: Final[Mapping[str, Callable[[Iterable[bool]], bool]]] = {"or": any, "and": all}


def _stored(record: Record, attribute: str) -> list[str]:
    """A phone or an e-mail is compared with every one that the record has; a phone's digits have an
    attribute of their own."""
    if attribute in ("phoneNumber", "emailAddress"):
        return [str(row[attribute]) for row in record.get(f"{attribute}Data") or []]
    if attribute == "phoneNumberNumeric":
        return [re.sub(r"\D", "", each) for each in _stored(record, "phoneNumber")]
    value = record.get(attribute)
    return [] if value is None else [str(value)]


def _values(value: Any) -> list[str]:
    return [str(each) for each in value.values()] if isinstance(value, dict) else [str(value)]


def _put(root: dict[str, Any], path: list[str], value: str) -> None:
    """`[]` is the next place, as in PHP."""
    for step in path[:-1]:
        root = root.setdefault(step or str(len(root)), {})
    root[path[-1] or str(len(root))] = value


def _items(numbered: Any) -> list[dict[str, Any]]:
    if not isinstance(numbered, dict) or any(
        not isinstance(each, dict) for each in numbered.values()
    ):
        raise WrongFilter("Bad where item.")
    return [numbered[key] for key in sorted(numbered, key=int)]
