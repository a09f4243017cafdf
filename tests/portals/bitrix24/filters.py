"""Filters of lists: the operator is a prefix of the key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from .params import Row, sequence

Test = Callable[[Any, Any], bool]


def _plain(value: Any) -> str:
    return "" if value is None else str(value).casefold()


def _equal(stored: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return any(_equal(stored, each) for each in wanted)
    if isinstance(stored, list):
        return any(_equal(each, wanted) for each in stored)
    if isinstance(stored, dict):  # a row of PHONE or EMAIL: exactly as it is stored
        return _equal(stored["VALUE"], wanted)
    if isinstance(stored, bool):
        return stored == (str(wanted).lower() in ("1", "true", "y"))
    return _plain(stored) == _plain(wanted)


def _ordered(stored: Any, wanted: Any) -> tuple[Any, Any]:
    """Both as numbers, as moments, or as text."""
    for read in (float, lambda value: datetime.fromisoformat(str(value)).timestamp()):
        try:
            return read(stored), read(wanted)
        except (TypeError, ValueError):
            continue
    return _plain(stored), _plain(wanted)


def _compared(holds: Callable[[Any, Any], bool]) -> Test:
    return lambda stored, wanted: stored is not None and holds(*_ordered(stored, wanted))


def _within(stored: Any, wanted: Any) -> bool:
    low, high = sequence(wanted)
    return _TESTS[">="](stored, low) and _TESTS["<="](stored, high)


def _pattern(stored: Any, wanted: Any) -> bool:
    """`=%`: the per cent signs of the value itself are the pattern."""
    pattern = ".*".join(re.escape(part) for part in _plain(wanted).split("%"))
    return re.fullmatch(pattern, _plain(stored)) is not None


# Longest first: `>=` is not `>` of a field called `=X`.
_TESTS: Final[dict[str, Test]] = {
    "!=%": lambda stored, wanted: not _pattern(stored, wanted),
    "=%": _pattern,
    "!@": lambda stored, wanted: not _equal(stored, sequence(wanted)),
    "!%": lambda stored, wanted: _plain(wanted) not in _plain(stored),
    "!=": lambda stored, wanted: not _equal(stored, wanted),
    "><": _within,
    ">=": _compared(lambda stored, wanted: stored >= wanted),
    "<=": _compared(lambda stored, wanted: stored <= wanted),
    ">": _compared(lambda stored, wanted: stored > wanted),
    "<": _compared(lambda stored, wanted: stored < wanted),
    "@": lambda stored, wanted: _equal(stored, sequence(wanted)),
    "!": lambda stored, wanted: not _equal(stored, wanted),
    "?": lambda stored, wanted: _plain(wanted) in _plain(stored),
    "%": lambda stored, wanted: _plain(wanted) in _plain(stored),
    "=": _equal,
    "": _equal,
}


def split(key: str) -> tuple[str, str]:
    """`!@STAGE_ID` as operator and field."""
    operator = next(each for each in _TESTS if key.startswith(each))
    return operator, key[len(operator) :]


def chosen(
    rows: Iterable[Row],
    wanted: Mapping[str, Any],
    known: Iterable[str],
    unknown: Callable[[str], Exception],
) -> list[Row]:
    """The rows that pass every condition; raises `unknown(field)` for a field not in `known`."""
    known = set(known)
    tests = []
    for key, value in wanted.items():
        operator, name = split(key)
        if name not in known:
            raise unknown(name)
        tests.append((name, _TESTS[operator], _listed(value)))
    return [row for row in rows if all(test(row[name], value) for name, test, value in tests)]


def _listed(value: Any) -> Any:
    """A list that came in a form is a map with keys 0, 1, 2."""
    return sequence(value) if isinstance(value, dict) else value


def sorted_by(rows: list[Row], order: Mapping[str, Any]) -> list[Row]:
    """By the first named field first; without an order by id."""
    for name, way in reversed(list(order.items()) or [("ID", "ASC")]):
        rows = sorted(rows, key=lambda row: _key(row.get(name)), reverse=str(way).upper() == "DESC")
    return rows


def _key(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 1, float(value), ""
    return (0, 0.0, "") if value is None else (2, 0.0, _plain(value))
