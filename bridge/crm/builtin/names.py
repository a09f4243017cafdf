"""What the ids in rows stand for, in words for people: users, pipelines, stages, clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.sql.expression import TableClause

from bridge.crm.builtin import tables as t

Line = Mapping[str, Any]

_FEW: Final = {
    "owner": t.USERS,
    "user": t.USERS,
    "author": t.USERS,
    "pipeline": t.PIPELINES,
}
_MANY: Final = {"contact": t.CONTACTS, "company": t.COMPANIES}
_ENDS: Final = ("old", "new")
_AT_ONCE: Final = 500  # ids in a question


def names(connection: Connection, lines: Sequence[Line]) -> list[dict[str, str]]:
    """Of each row what its ids stand for, by column. A line of a history has them in `old` and
    `new` of the `field` that changed. What has no name is left out."""
    few = {table: _all(connection, table) for table in (t.USERS, t.PIPELINES)}
    known = {
        **{column: few[table] for column, table in _FEW.items()},
        **{column: _of(connection, column, lines) for column in _MANY},
    }
    stages = {(row.pipeline, row.id): row.name for row in connection.execute(select(t.STAGES))}
    known["stage"] = _without_pipeline(stages)
    return [_named(line, known, stages) for line in lines]


def _named(
    line: Line, known: Mapping[str, Mapping[str, str]], stages: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    found = {column: names.get(str(line.get(column))) for column, names in known.items()}
    if "pipeline" in line:
        found["stage"] = stages.get((str(line["pipeline"]), str(line.get("stage"))))
    changed = known.get(str(line.get("field")), {})
    found |= {end: changed.get(str(line.get(end))) for end in _ENDS}
    return {column: name for column, name in found.items() if name}


def _without_pipeline(stages: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """Stages of an id that means the same in every pipeline; a history does not say which."""
    meanings: dict[str, set[str]] = {}
    for (_, id), name in stages.items():
        meanings.setdefault(id, set()).add(name)
    return {id: name for id, (name, *others) in meanings.items() if not others}


def _all(connection: Connection, table: TableClause) -> dict[str, str]:
    return {row.id: row.name for row in connection.execute(select(table.c.id, table.c.name))}


def _of(connection: Connection, column: str, lines: Iterable[Line]) -> dict[str, str]:
    """Of those who stand in this column, or in a history of it."""
    standing = {line.get(column) for line in lines}
    standing |= {line.get(end) for line in lines if line.get("field") == column for end in _ENDS}
    ids = sorted(id for id in standing if id)
    table = _MANY[column]
    found: dict[str, str] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = select(table.c.id, table.c.name).where(table.c.id.in_(ids[start : start + _AT_ONCE]))
        found |= {str(row.id): row.name for row in connection.execute(some)}
    return found
