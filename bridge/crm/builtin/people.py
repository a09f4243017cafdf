"""People and their work: users with extensions, tasks, notices, notes; and the reference lists."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from bridge.crm.builtin import tables as t
from bridge.crm.builtin.fields import Refusal, existing
from bridge.crm.builtin.settings import BuiltinSettings, PipelineSettings, UserSettings
from bridge.domain.commands import CreateTask
from bridge.domain.entities import Dictionaries, EntityKind, EntityRef, User

_TASK_FIELDS: Final = ("comment", "deadline")


def apply_settings(connection: Connection, settings: BuiltinSettings) -> None:
    """Bring the users and pipelines of the configuration in; what is there besides them stays."""
    for user in settings.users:
        _put_user(connection, user)
    for position, pipeline in enumerate(settings.pipelines):
        _put_pipeline(connection, pipeline, position)


def users(connection: Connection) -> list[User]:
    """Everyone, in the order of their ids, dismissed people too (`active` False)."""
    phones: dict[str, list[str]] = {}
    for row in connection.execute(select(t.EXTENSIONS).order_by(t.EXTENSIONS.c.extension)):
        phones.setdefault(row.user, []).append(row.extension)
    rows = connection.execute(select(t.USERS).order_by(t.USERS.c.id))
    return [
        User(
            id=row.id,
            name=row.name,
            extensions=tuple(phones.get(row.id, ())),
            email=row.email,
            active=row.active,
        )
        for row in rows
    ]


def deal_users(connection: Connection, deal: str) -> list[User]:
    """The deal's owner, then those who work on it too. Raises Refusal."""
    existing(connection, t.DEALS, deal, "deal")
    owner = connection.scalar(select(t.DEALS.c.owner).where(t.DEALS.c.id == deal))
    others = connection.scalars(select(t.DEAL_USERS.c.user).where(t.DEAL_USERS.c.deal == deal))
    known = {user.id: user for user in users(connection)}
    return [known[id] for id in dict.fromkeys([owner, *others]) if id is not None]


def create_task(
    connection: Connection,
    task: CreateTask,
    entity: EntityRef | None,
    custom: tuple[str, ...],
    now: str,
) -> str:
    """The task's id. Raises Refusal for an owner or an entity that is not there."""
    known = (*_TASK_FIELDS, *custom)
    if unknown := sorted(set(task.fields) - set(known)):
        raise Refusal(f"a task has no field {', '.join(unknown)}; it has: {', '.join(known)}")
    if entity is not None:
        existing(connection, t.ENTITIES[entity.kind], entity.id, entity.kind.value)
    row = {
        "title": task.title,
        "owner": existing(connection, t.USERS, task.owner, "user") if task.owner else None,
        "kind": entity.kind.value if entity else None,
        "entity": entity.id if entity else None,
        "done": False,
        "fields": task.fields,
        "created_at": now,
    }
    return str(connection.execute(insert(t.TASKS).values(row)).lastrowid)


def notify(connection: Connection, user: str, text: str, now: str) -> str:
    """A line for the user to read. Raises Refusal for a user who is not there."""
    row = {"user": existing(connection, t.USERS, user, "user"), "text": text, "created_at": now}
    return str(connection.execute(insert(t.NOTICES).values(row)).lastrowid)


def add_note(
    connection: Connection, kind: str, id: str, author: str | None, text: str, now: str
) -> str:
    """What an operator writes beside an entity or a call (`kind` `call`). Raises Refusal."""
    table = t.CALLS if kind == "call" else t.ENTITIES[EntityKind(kind)]
    row = {
        "kind": kind,
        "entity": existing(connection, table, id, kind),
        "author": existing(connection, t.USERS, author, "user") if author else None,
        "text": text,
        "created_at": now,
    }
    return str(connection.execute(insert(t.NOTES).values(row)).lastrowid)


def dictionaries(connection: Connection) -> Dictionaries:
    """Pipelines and their stages, in order."""
    pipelines = connection.execute(select(t.PIPELINES).order_by(t.PIPELINES.c.position))
    names = {row.id: row.name for row in pipelines}
    stages: dict[str, dict[str, str]] = {id: {} for id in names}
    for row in connection.execute(select(t.STAGES).order_by(t.STAGES.c.position)):
        stages[row.pipeline][row.id] = row.name
    return Dictionaries(pipelines=names, stages=stages)


def _put_user(connection: Connection, user: UserSettings) -> None:
    row = {"id": user.id, "name": user.name, "email": user.email, "active": user.active}
    statement = insert(t.USERS).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))
    connection.execute(delete(t.EXTENSIONS).where(t.EXTENSIONS.c.user == user.id))
    for extension in user.extensions:
        phone = {"extension": extension, "user": user.id}
        put = insert(t.EXTENSIONS).values(phone)
        connection.execute(put.on_conflict_do_update(index_elements=["extension"], set_=phone))


def _put_pipeline(connection: Connection, pipeline: PipelineSettings, position: int) -> None:
    row = {"id": pipeline.id, "name": pipeline.name, "position": position}
    statement = insert(t.PIPELINES).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))
    for place, stage in enumerate(pipeline.stages):
        step = {"pipeline": pipeline.id, "position": place, **stage.model_dump()}
        put = insert(t.STAGES).values(step)
        connection.execute(put.on_conflict_do_update(index_elements=["pipeline", "id"], set_=step))
