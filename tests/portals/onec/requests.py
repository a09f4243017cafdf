"""What each request of the service may hold, and in which form: what is strange is refused, for the
other side has made a mistake that nobody would see otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

Good = Callable[[Any], bool]
Row = dict[str, Any]


class Refused(Exception):
    """`code` of the service's error, with its status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(value: Any) -> bool:
    """With a zone: 1C reads it by XMLЗначение."""
    return isinstance(value, str) and bool(_MOMENT.fullmatch(value))


def _uuid(value: Any) -> bool:
    try:
        return bool(str(UUID(value)) == value)
    except (ValueError, TypeError, AttributeError):
        return False


def _rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _one_of(*words: str) -> Good:
    return lambda value: value in words


_LEAD: Final[Mapping[str, Good]] = {
    "title": _text,
    "phone": _text,
    "did": _text,
    "repeat": _flag,
    "responsible_id": _text,
    "client_id": _text,
}
NEW_LEAD: Final[Mapping[str, Good]] = {"event_id": _uuid, **_LEAD}
CHANGED_LEAD: Final[Mapping[str, Good]] = {**_LEAD, "closed": _flag}
CALL: Final[Mapping[str, Good]] = {
    "event_id": _uuid,
    "call_id": _text,
    "direction": _one_of("in", "out", "internal"),
    "client_number": _text,
    "client_name": _text,
    "did": _text,
    "user": _text,
    "user_id": _text,
    "clients": _rows,
    "started": _moment,
    "answered": _moment,
    "ended": _moment,
    "talk_s": _number,
    "wait_s": _number,
    "result": _one_of("answered", "missed", "busy", "failed", "cancelled"),
    "legs": _rows,
    "rating": _number,
}
RECORDING: Final[Mapping[str, Good]] = {"event_id": _uuid, "url": _text}
TASK: Final[Mapping[str, Good]] = {
    "event_id": _uuid,
    "kind": _one_of("missed_call", "low_rating"),
    "assignee_id": _text,
    "due": _moment,
    "client_id": _text,
    "deal_id": _text,
    "text": _text,
}
_NEEDED: Final = ("event_id", "call_id", "direction", "result", "kind")


def taken(given: Any, fields: Mapping[str, Good]) -> Row:
    """The request, when all of it is good. Raises Refused."""
    if not isinstance(given, dict):
        raise Refused(400, "bad_request", "Ожидается объект JSON")
    for name, value in given.items():
        if name not in fields:
            raise Refused(400, "bad_request", f"Неизвестное поле {name}")
        if value is not None and not fields[name](value):
            raise Refused(400, "bad_request", f"Неверное значение поля {name}")
    if lacks := [name for name in _NEEDED if name in fields and not given.get(name)]:
        raise Refused(400, "bad_request", f"Не указано поле {lacks[0]}")
    return given
