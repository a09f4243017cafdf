"""tasks.task: nothing here keeps a task from being made twice."""

from __future__ import annotations

from typing import Any, Final

from .errors import Refused, bad_value
from .fields import camel
from .filters import chosen, sorted_by
from .method import Asked, Method, Page
from .paging import page
from .params import Row, integer, mapping, moment, sequence, text
from .state import KIND_OF, State

_LETTERS: Final = {"L": 1, "D": 2, "C": 3, "CO": 4}
_READ: Final = {
    "TITLE": text,
    "DESCRIPTION": text,
    "RESPONSIBLE_ID": integer,
    "CREATED_BY": integer,
    "DEADLINE": moment,
    "PRIORITY": integer,
    "UF_CRM_TASK": sequence,
    "XML_ID": text,
    "TAGS": sequence,
}
_FIELDS: Final = ("ID", "STATUS", "CREATED_DATE", *_READ)
_FILTERED: Final = (
    "ID",
    "TITLE",
    "TAG",
    "RESPONSIBLE_ID",
    "UF_CRM_TASK",
    "CREATED_BY",
    "DEADLINE",
    "STATUS",
)


def add(asked: Asked) -> Row:
    state = asked.state
    row: Row = dict.fromkeys(_FIELDS)
    row |= {"STATUS": 2, "PRIORITY": 1, "CREATED_BY": asked.who.user, "UF_CRM_TASK": []}
    row |= _read(state, asked.given.get("fields", {}))
    for name in ("TITLE", "RESPONSIBLE_ID"):
        if not row[name]:
            raise _refused(f"The field {name} is required.")
    if row["RESPONSIBLE_ID"] not in state.users:
        raise _refused("The user specified in the field 'Responsible person' is not found.")
    for binding in row["UF_CRM_TASK"]:
        _bound(state, str(binding))
    row["ID"] = state.number("task")
    row["CREATED_DATE"] = state.clock.iso()
    state.tasks[row["ID"]] = row
    return {"task": _shown(row, list(_FIELDS))}


def listed(asked: Asked) -> Page:
    given = asked.given
    rows = [{**row, "TAG": row["TAGS"] or []} for row in asked.state.tasks.values()]
    rows = chosen(rows, given.get("filter", {}), _FILTERED, _unknown)
    names = [text(each) for each in given.get("select") or _FIELDS]
    for name in [*names, *given.get("order", {})]:
        if name not in _FIELDS:
            raise _unknown(name)
    ordered = sorted_by(rows, given.get("order", {}))
    return page(
        ordered,
        given.get("start"),
        lambda part: {"tasks": [_shown(row, ["ID", *names]) for row in part]},
    )


def get(asked: Asked) -> Row:
    row = asked.state.tasks.get(asked.need("taskId"))
    if row is None:
        raise _refused("Task not found or access denied")
    return {"task": _shown(row, list(_FIELDS))}


def described(asked: Asked) -> Row:
    return {"fields": {name: {"title": name.capitalize()} for name in _FIELDS}}


def _read(state: State, given: Row) -> Row:
    row: Row = {}
    for name, value in given.items():
        if name not in _READ or (name == "TAGS" and not state.doubts.task_tags):
            raise _unknown(name)
        try:
            row[name] = _READ[name](value)
        except ValueError as error:
            raise bad_value(f"The field {name} {error}") from None
    if row.get("PRIORITY", 1) not in (0, 1, 2):
        raise _refused("PRIORITY is 0, 1 or 2")
    return row


def _bound(state: State, binding: str) -> None:
    letter, _, id = binding.partition("_")
    kind = KIND_OF.get(_LETTERS.get(letter, 0))
    if kind is None or not id.isdigit() or int(id) not in state.entities[kind]:
        raise _refused(f"UF_CRM_TASK names nothing: {binding}")


def _shown(row: Row, names: list[str]) -> dict[str, Any]:
    """camelCase, scalars as strings."""
    return {
        camel(name): value if value is None or isinstance(value, list) else str(value)
        for name in names
        for value in (row[name],)
    }


def _unknown(name: str) -> Refused:
    return bad_value(f"Unknown field {name} of a task")


def _refused(words: str) -> Refused:
    return Refused(400, "ERROR_CORE", words)


_LIST: Final = {"filter": mapping, "select": sequence, "order": mapping, "start": integer}
METHODS: Final = (
    Method("tasks.task.add", add, {"fields": mapping}, "task"),
    Method("tasks.task.list", listed, _LIST, "task"),
    Method("tasks.task.get", get, {"taskId": integer, "select": sequence}, "task"),
    Method("tasks.task.getFields", described, {}, "task"),
)
