"""Parameters as PHP reads them: JSON, form or query with nested keys; each checked by its kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from .errors import Refused, bad_value

Row = dict[str, Any]
Kind = Callable[[Any], Any]

_STEP: Final = re.compile(r"\[([^\]]*)\]")


def nested(pairs: Iterable[tuple[str, str]]) -> Row:
    """`a[b][c]=1` as `{"a": {"b": {"c": "1"}}}`; `a[]=x` is numbered on."""
    tree: Row = {}
    for key, value in pairs:
        name, bracket, _ = key.partition("[")
        steps = [name, *_STEP.findall(key)] if bracket else [key]
        branch = tree
        for step in steps[:-1]:
            below = branch.setdefault(step or str(len(branch)), {})
            if not isinstance(below, dict):
                raise Refused(400, "INVALID_REQUEST", f"{key} is a value and a map at once")
            branch = below
        branch[steps[-1] or str(len(branch))] = value
    return tree


def from_query(query: str) -> Row:
    return nested(parse_qsl(query, keep_blank_values=True))


def from_body(body: bytes, content_type: str) -> Row:
    """What a POST carries. A body that is neither JSON nor a form is refused."""
    if not body:
        return {}
    if content_type == "application/json":
        try:
            given = json.loads(body)
        except ValueError:
            raise Refused(400, "INVALID_REQUEST", "The body is no JSON") from None
        if not isinstance(given, dict):
            raise Refused(400, "INVALID_REQUEST", "The body is no JSON object")
        return given
    return from_query(body.decode())


def integer(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value)):
        raise ValueError("is no integer")
    return int(value)


def number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError("is no number") from None


def text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        raise ValueError("is no string")
    return str(value)


def flag(value: Any) -> bool:
    if str(value) not in ("0", "1", "True", "False", "true", "false", ""):
        raise ValueError("is neither 0 nor 1")
    return str(value) in ("1", "True", "true")


def yes_no(value: Any) -> str:
    if value not in ("Y", "N"):
        raise ValueError("is neither Y nor N")
    return str(value)


def moment(value: Any) -> str:
    """ISO 8601 with a zone, as it came; empty is no date."""
    if value in ("", None):
        return ""
    if datetime.fromisoformat(text(value)).tzinfo is None:
        raise ValueError("has no time zone")
    return str(value)


def mapping(value: Any) -> Row:
    if value in ([], ""):  # how PHP writes an empty map
        return {}
    if not isinstance(value, dict):
        raise ValueError("is no map")
    return value


def sequence(value: Any) -> list[Any]:
    """A form has lists as maps with keys 0, 1, 2; one value alone is a list of one."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def integers(value: Any) -> list[int]:
    return [integer(each) for each in sequence(value)]


def anything(value: Any) -> Any:
    return value


def check(given: Mapping[str, Any], kinds: Mapping[str, Kind], *, exact: bool) -> Row:
    """The parameters under their documented names, each of its kind.

    Bitrix itself overlooks what it does not know; here that is a mistake to be told of.
    `exact`: names are not folded. Raises Refused.
    """
    names = {(name if exact else name.upper()): name for name in kinds}
    checked: Row = {}
    for key, value in given.items():
        name = names.get(key if exact else key.upper())
        if name is None:
            raise bad_value(f"Unknown parameter {key!r}; known: {', '.join(kinds) or 'none'}")
        try:
            checked[name] = kinds[name](value)
        except ValueError as error:
            raise bad_value(f"Parameter {name} {error}") from None
    return checked
