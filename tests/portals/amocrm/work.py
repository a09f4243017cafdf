"""Tasks, users, pipelines, the account itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .asked import Asked
from .checking import Field, batch, errors_of, flag, integer, mapping, parameters, text
from .listing import between, filtered, one_of, page, word_of
from .problems import Row, no_choice, problem
from .state import ENTITIES, LOST, WON, State

_TASK: Final = {
    "text": Field(text, required=True),
    "complete_till": Field(integer, required=True),
    "task_type_id": Field(integer),
    "entity_id": Field(integer),
    "entity_type": Field(text),
    "responsible_user_id": Field(integer),
    "created_by": Field(integer),
    "updated_by": Field(integer),
    "is_completed": Field(flag),
    "duration": Field(integer),
    "result": Field(mapping),
    "request_id": Field(text),
}
TYPES: Final = (
    {"id": 1, "name": "Связаться", "code": "FOLLOW_UP"},
    {"id": 2, "name": "Встреча", "code": "MEETING"},
)
_ACCOUNT_WITH: Final = (
    "amojo_id",
    "users_groups",
    "task_types",
    "version",
    "datetime_settings",
    "is_api_filter_enabled",
)


def add_pipeline(state: State, name: str, *stages: str) -> int:
    """A pipeline with the stages between "unsorted" and the two that close a lead."""
    id = state.number("pipeline", 3_177_000)
    middle = [(state.number("status", 32_392_000), stage, 0) for stage in stages]
    rows = [
        (state.number("status", 32_392_000), "Неразобранное", 1),
        *middle,
        (WON, "Успешно реализовано", 0),
        (LOST, "Закрыто и не реализовано", 0),
    ]
    statuses = [
        {
            "id": status,
            "name": stage,
            "sort": 10 * place,
            "is_editable": status not in (WON, LOST),
            "pipeline_id": id,
            "color": "#c1c1c1",
            "type": type,
        }
        for place, (status, stage, type) in enumerate(rows, 1)
    ]
    state.pipelines[id] = {
        "id": id,
        "name": name,
        "sort": len(state.pipelines) + 1,
        "is_main": not state.pipelines,
        "is_unsorted_on": state.unsorted_on,
        "is_archive": False,
        "account_id": state.account_id,
        "_embedded": {"statuses": statuses},
    }
    return id


def add_user(state: State, name: str, *, admin: bool = False, active: bool = True) -> int:
    id = state.number("user", 504_140)
    rights = {
        "is_admin": admin,
        "is_free": False,
        "is_active": active,
        "group_id": None,
        "role_id": None,
    }
    state.users[id] = {
        "id": id,
        "name": name,
        "email": f"user{id}@acme.example",
        "lang": "ru",
        "rights": rights,
        "_links": {},
        "_embedded": {"roles": [], "groups": []},
    }
    return id


def account(asked: Asked) -> Row:
    parameters(asked.query, ("with",))
    wanted = [each for each in asked.query.get("with", "").split(",") if each]
    parameters(dict.fromkeys(wanted), _ACCOUNT_WITH)
    state = asked.state
    row: Row = {
        "id": state.account_id,
        "name": "ООО Ромашка",
        "subdomain": state.subdomain,
        "current_user_id": asked.user,
        "country": "RU",
        "currency": "RUB",
        "is_unsorted_on": state.unsorted_on,
    }
    if "is_api_filter_enabled" in wanted:
        row["is_api_filter_enabled"] = state.filters
    if "task_types" in wanted:
        row["_embedded"] = {"task_types": list(TYPES)}
    return row


def users(asked: Asked) -> Row | None:
    if not asked.state.users[asked.user]["rights"]["is_admin"]:
        raise problem(403)
    query = {name: value for name, value in asked.query.items() if name != "with"}
    wanted = asked.query.get("with", "").split(",")
    parameters(
        dict.fromkeys(filter(None, wanted)), ("role", "group", "uuid", "amojo_id", "user_rank")
    )
    rows = list(asked.state.users.values())
    return page(rows, query, name="users", address=asked.address, orders=("id",))


def pipelines(asked: Asked) -> Row:
    parameters(asked.query, ())
    rows = list(asked.state.pipelines.values())
    return {"_total_items": len(rows), "_links": {}, "_embedded": {"pipelines": rows}}


def add_tasks(asked: Asked) -> Row:
    given = batch(asked.body, _TASK, lambda row: _errors(asked.state, row))
    made = [(_add_task(asked, row), row["request_id"]) for row in given]
    rows = [{"id": id, "request_id": request, "_links": {}} for id, request in made]
    return {"_links": {"self": {"href": asked.address}}, "_embedded": {"tasks": rows}}


def tasks(asked: Asked) -> Row | None:
    query = dict(asked.query)
    known = {
        "id": one_of("id"),
        "is_completed": lambda row, given: str(int(row["is_completed"])) == str(given),
        "responsible_user_id": one_of("responsible_user_id"),
        "entity_type": word_of("entity_type"),
        "entity_id": one_of("entity_id"),
        "task_type": one_of("task_type_id"),
        "updated_at": between("updated_at"),
    }
    found = filtered(asked.state.tasks.values(), query.pop("filter", {}), known)
    orders = ("id", "created_at", "complete_till")
    return page(found, query, name="tasks", address=asked.address, orders=orders)


def change_task(asked: Asked) -> Row:
    row = asked.state.tasks.get(asked.id)
    if row is None:
        raise problem(404)
    spec = {name: Field(field.fits) for name, field in _TASK.items()}
    if errors_of(asked.body, spec) or list(_errors(asked.state, asked.body)):
        raise problem(400, "Request validation failed")
    row |= {**asked.body, "updated_at": asked.state.now()}
    return {"id": asked.id, "updated_at": row["updated_at"], "_links": {}}


def _add_task(asked: Asked, given: Row) -> int:
    id, now = asked.state.number("task", 4_000_000), asked.state.now()
    usual: dict[str, Any] = {
        "task_type_id": 1,
        "entity_id": None,
        "entity_type": None,
        "responsible_user_id": asked.user,
        "is_completed": False,
        "result": {},
        "duration": 0,
    }
    own = {name: value for name, value in given.items() if name != "request_id"}
    asked.state.tasks[id] = {"id": id, **usual, "created_at": now, "updated_at": now, **own}
    return id


def _errors(state: State, row: Row) -> Iterable[Row]:
    for name in ("responsible_user_id", "created_by", "updated_by"):
        if row.get(name) not in (None, 0) and row[name] not in state.users:
            yield no_choice(name)
    if "task_type_id" in row and row["task_type_id"] not in [each["id"] for each in TYPES]:
        yield no_choice("task_type_id")
    if "entity_id" in row or "entity_type" in row:
        kind = row.get("entity_type")
        if kind not in ENTITIES:
            yield no_choice("entity_type")
        elif row.get("entity_id") not in state.entities[kind]:
            yield no_choice("entity_id")
