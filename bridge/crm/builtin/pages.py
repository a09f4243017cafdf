"""What people look at: lists, newest first, and one entity with everything around it.

Rows are plain dictionaries of text, numbers and lists, ready for a table, a page or JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.sql.expression import TableClause

from bridge.crm.builtin import calls, people, reading
from bridge.crm.builtin import tables as t
from bridge.domain.entities import EntityKind

Line = dict[str, Any]

ENTITY_LISTS: Final[Mapping[str, EntityKind]] = {
    "contacts": EntityKind.CONTACT,
    "companies": EntityKind.COMPANY,
    "leads": EntityKind.LEAD,
    "deals": EntityKind.DEAL,
}


def rows(
    connection: Connection, kind: str, limit: int = 50, before: int | None = None
) -> list[Line]:
    """A list by its name (see LISTS), newest first; `before` is the last id already seen."""
    table, line = LISTS[kind]
    statement = select(table).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(table.c.id < before)
    return [line(connection, row) for row in connection.execute(statement)]


def card(connection: Connection, kind: str, id: str) -> Line | None:
    """One thing (`contact`, `company`, `lead`, `deal`, `call`) and what hangs on it, or None."""
    if kind == "call":
        return _call_card(connection, id)
    known = EntityKind(kind)
    table = t.ENTITIES[known]
    row = connection.execute(select(table).where(table.c.id == id)).one_or_none()
    if row is None:
        return None
    on_entity = and_(t.CALL_ENTITIES.c.kind == kind, t.CALL_ENTITIES.c.entity == row.id)
    mine = select(t.CALL_ENTITIES.c.call).where(on_entity)
    return {
        **_entity_line(known)(connection, row),
        "calls": _calls_among(connection, mine),
        "notes": _notes(connection, kind, row.id),
        "history": _history(connection, kind, row.id),
        **_relations(connection, known, row.id),
    }


def links(connection: Connection, call_ids: Sequence[str]) -> dict[str, list[str]]:
    """For each call by its `call_id` the entities it is shown on, as `lead 7`."""
    found: dict[str, list[str]] = {}
    statement = (
        select(t.CALLS.c.call_id, t.CALL_ENTITIES.c.kind, t.CALL_ENTITIES.c.entity)
        .join_from(t.CALLS, t.CALL_ENTITIES, t.CALL_ENTITIES.c.call == t.CALLS.c.id)
        .where(t.CALLS.c.call_id.in_(call_ids))
        .order_by(t.CALL_ENTITIES.c.kind, t.CALL_ENTITIES.c.entity)
    )
    for row in connection.execute(statement):
        found.setdefault(row.call_id, []).append(f"{row.kind} {row.entity}")
    return found


def users(connection: Connection) -> list[Line]:
    """Everyone with their extensions."""
    return [
        {
            "id": user.id,
            "name": user.name,
            "extensions": list(user.extensions),
            "email": user.email,
            "active": user.active,
        }
        for user in people.users(connection)
    ]


def _relations(connection: Connection, kind: EntityKind, id: int) -> Line:
    """The deals and leads of a contact or a company."""
    if kind not in (EntityKind.CONTACT, EntityKind.COMPANY):
        return {}
    related = {}
    for name, table in (("deals", t.DEALS), ("leads", t.LEADS)):
        line = LISTS[name][1]
        statement = select(table).where(table.c[kind.value] == id).order_by(table.c.id.desc())
        related[name] = [line(connection, row) for row in connection.execute(statement)]
    return related


def _entity_line(kind: EntityKind) -> Callable[[Connection, Row[Any]], Line]:
    def line(connection: Connection, row: Row[Any]) -> Line:
        entity = reading.READERS[kind](connection, row)
        shown = {name: getattr(entity, name) for name in _SHOWN[kind]}
        extra = {name: value for name, value in entity.fields.items() if name not in shown}
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in shown.items()}
        return {**plain, **extra, "created_at": row.created_at, "changed_at": row.changed_at}

    return line


def _call_line(connection: Connection, row: Row[Any]) -> Line:
    recordings = connection.scalars(
        select(t.RECORDINGS.c.recording)
        .where(t.RECORDINGS.c.call == row.id)
        .order_by(t.RECORDINGS.c.id)
    )
    linked = calls.entities_of(connection, str(row.id))
    return {
        "id": str(row.id),
        "call_id": row.call_id,
        "started_at": row.started_at,
        "direction": row.direction,
        "phone": row.phone,
        "name": row.name,
        "did": row.did,
        "user": row.user,
        "disposition": row.disposition,
        "talk_seconds": row.talk_seconds,
        "rating": row.record.get("rating"),
        "entities": [f"{each.kind.value} {each.id}" for each in linked],
        "recordings": list(recordings),
    }


def _call_card(connection: Connection, id: str) -> Line | None:
    row = connection.execute(select(t.CALLS).where(t.CALLS.c.id == id)).one_or_none()
    if row is None:
        return None
    return {**_call_line(connection, row), "notes": _notes(connection, "call", row.id)}


def _task_line(_: Connection, row: Row[Any]) -> Line:
    return {
        "id": str(row.id),
        "title": row.title,
        "owner": row.owner,
        "entity": f"{row.kind} {row.entity}" if row.kind else None,
        "done": row.done,
        **row.fields,
        "created_at": row.created_at,
    }


def _calls_among(connection: Connection, wanted: Any) -> list[Line]:
    statement = select(t.CALLS).where(t.CALLS.c.id.in_(wanted)).order_by(t.CALLS.c.id.desc())
    return [_call_line(connection, row) for row in connection.execute(statement)]


def _notes(connection: Connection, kind: str, id: int) -> Sequence[Line]:
    mine = and_(t.NOTES.c.kind == kind, t.NOTES.c.entity == id)
    found = connection.execute(select(t.NOTES).where(mine).order_by(t.NOTES.c.id))
    return [{"at": row.created_at, "author": row.author, "text": row.text} for row in found]


def _history(connection: Connection, kind: str, id: int) -> Sequence[Line]:
    mine = and_(t.HISTORY.c.kind == kind, t.HISTORY.c.entity == id)
    found = connection.execute(select(t.HISTORY).where(mine).order_by(t.HISTORY.c.id))
    return [
        {"at": row.changed_at, "field": row.field, "old": row.old, "new": row.new} for row in found
    ]


_SHOWN: Final[Mapping[EntityKind, tuple[str, ...]]] = {
    EntityKind.CONTACT: ("id", "name", "phones", "emails", "owner", "company"),
    EntityKind.COMPANY: ("id", "name", "phones", "inn", "requisites", "owner"),
    EntityKind.LEAD: (
        "id",
        "title",
        "phones",
        "owner",
        "contact",
        "company",
        "closed",
        "repeat",
    ),
    EntityKind.DEAL: (
        "id",
        "title",
        "pipeline",
        "stage",
        "closed",
        "owner",
        "contact",
        "company",
    ),
}

LISTS: Final[Mapping[str, tuple[TableClause, Callable[[Connection, Row[Any]], Line]]]] = {
    **{name: (t.ENTITIES[kind], _entity_line(kind)) for name, kind in ENTITY_LISTS.items()},
    "calls": (t.CALLS, _call_line),
    "tasks": (t.TASKS, _task_line),
}
