"""Nested values as PHP writes them into a query or a form: `filter[ID][0]=1`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote

_STEP: Final = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST: Final = 8
_MOST: Final = 1000  # pairs of one form


def query(params: Mapping[str, Any]) -> str:
    """A query string; `$result[…]` of a batch stays as it is."""
    return "&".join(f"{quote(key)}={_value(value)}" for key, value in _flat(params))


def form(body: bytes) -> dict[str, Any]:
    """A form as nested maps. What cannot be one is left out; nothing raises."""
    tree: dict[str, Any] = {}
    text = body.decode("utf-8", "replace")
    for key, value in parse_qsl(text, keep_blank_values=True, max_num_fields=None)[:_MOST]:
        _put(tree, key, value)
    return tree


def as_map(value: Any) -> dict[str, Any]:
    """PHP writes an empty map as `[]`, and some lists as maps."""
    if isinstance(value, dict):
        return value
    return {str(index): each for index, each in enumerate(value)} if _listed(value) else {}


def as_list(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if _listed(value) else []


def _listed(value: Any) -> bool:
    return isinstance(value, list)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        items = [(str(key), each) for key, each in value.items()]
    elif isinstance(value, list | tuple):
        items = [(str(index), each) for index, each in enumerate(value)]
    else:
        yield name, value
        return
    for key, each in items:
        yield from _flat(each, f"{name}[{key}]" if name else key)


def _value(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    text = str(value)
    return quote(text, safe="$[]" if text.startswith("$result[") else "")


def _put(tree: dict[str, Any], key: str, value: str) -> None:
    name, bracket, _ = key.partition("[")
    steps = [name, *_STEP.findall(key)] if bracket else [key]
    if len(steps) > _DEEPEST:
        return
    branch = tree
    for step in steps[:-1]:
        below = branch.setdefault(step, {})
        if not isinstance(below, dict):
            return
        branch = below
    branch[steps[-1]] = value
