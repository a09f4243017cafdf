"""telephony.externalLine: the company numbers that belong to the application."""

from __future__ import annotations

from functools import partial
from typing import Final

from .errors import core
from .method import Asked, Method
from .params import Row, text, yes_no


def add(asked: Asked) -> Row:
    number, lines = asked.given.get("NUMBER"), asked.state.lines
    if not number:
        raise core("NUMBER should not be empty")
    if number in lines:
        raise core("Line already exists")
    lines[number] = {
        "ID": asked.state.number("line"),
        "NUMBER": number,
        "NAME": asked.given.get("NAME", ""),
        "CRM_AUTO_CREATE": asked.given.get("CRM_AUTO_CREATE", "Y"),
    }
    return {"ID": lines[number]["ID"]}


def listed(asked: Asked) -> list[Row]:
    shown = ("NUMBER", "NAME", "CRM_AUTO_CREATE")
    return [{name: line[name] for name in shown} for line in asked.state.lines.values()]


def update(asked: Asked) -> Row:
    line = _line(asked)
    changes = {name: value for name, value in asked.given.items() if name in _CHANGED}
    if not changes:
        raise core("There are no fields to update")
    line.update(changes)
    return {"ID": str(line["ID"])}


def delete(asked: Asked) -> list[Row]:
    del asked.state.lines[_line(asked)["NUMBER"]]
    return []


def _line(asked: Asked) -> Row:
    number = asked.given.get("NUMBER", "")
    if number not in asked.state.lines:
        raise core(f"Could not find line with number {number}")
    return asked.state.lines[number]


_CHANGED: Final = {"NAME": text, "CRM_AUTO_CREATE": yes_no}
_LINE: Final = {"NUMBER": text, **_CHANGED}
_method = partial(Method, scope="telephony", app_only=True)
METHODS: Final = (
    _method("telephony.externalLine.add", add, _LINE),
    _method("telephony.externalLine.get", listed),
    _method("telephony.externalLine.update", update, _LINE),
    _method("telephony.externalLine.delete", delete, {"NUMBER": text}),
)
