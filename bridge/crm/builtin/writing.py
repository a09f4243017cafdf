"""Create and update entities, with the history of each field and the feed of each phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, insert, select, update

from bridge.crm.builtin import tables as t
from bridge.crm.builtin.fields import (
    COLUMNS,
    EMAIL,
    LISTS,
    PHONE,
    REQUISITES,
    USERS,
    Refusal,
    check_names,
    columns,
    existing,
    several,
)
from bridge.crm.builtin.phones import announce_change, concerned, set_phones
from bridge.crm.builtin.settings import BuiltinSettings
from bridge.domain.commands import CreateLead
from bridge.domain.entities import EntityKind
from bridge.domain.record import stamp

_NEW: Final = {kind: insert(table) for kind, table in t.ENTITIES.items()}


class Writer:
    """One transaction's writes, at one moment."""

    def __init__(self, connection: Connection, settings: BuiltinSettings, now: datetime) -> None:
        self.connection = connection
        self.settings = settings
        self.now = stamp(now)

    def create(self, kind: EntityKind, fields: Mapping[str, str]) -> str:
        """The new entity's id. Raises Refusal, as `update` does."""
        check_names(kind, fields, self.settings.fields)
        blank = {name: "" for name in COLUMNS[kind] if name in ("name", "title")}
        flags = dict.fromkeys(COLUMNS[kind].keys() & {"closed", "repeat"}, "false")
        values = columns(self.connection, kind, {**blank, **flags, **fields})
        if kind is EntityKind.DEAL:
            values |= self._stage(values.get("pipeline"), values.get("stage"))
        moments = {"created_at": self.now, "changed_at": self.now}
        row = {**values, **moments, "fields": self._custom(fields)}
        made = self.connection.execute(_NEW[kind], row).lastrowid
        self._set_lists(kind, made, fields)
        announce_change(self.connection, concerned(self.connection, kind, made))
        return str(made)

    def update(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> str:
        """Set the fields named and no others; a list field replaces the whole list."""
        check_names(kind, fields, self.settings.fields)
        table = t.ENTITIES[kind]
        before = self.connection.execute(select(table).where(table.c.id == id)).one_or_none()
        if before is None:
            raise Refusal(f"there is no {kind.value} {id!r}")
        before_phones = concerned(self.connection, kind, before.id)
        values = columns(self.connection, kind, fields)
        if kind is EntityKind.DEAL and values.keys() & {"pipeline", "stage"}:
            moved = values.get("pipeline", before.pipeline)
            kept = before.stage if moved == before.pipeline else None
            values |= self._stage(moved, values.get("stage", kept))
        values |= {"fields": {**before.fields, **self._custom(fields)}, "changed_at": self.now}
        self.connection.execute(update(table).where(table.c.id == id).values(values))
        self._set_lists(kind, before.id, fields)
        self._remember(kind, before.id, before._mapping, fields, values)
        after_phones = concerned(self.connection, kind, before.id)
        announce_change(self.connection, [*before_phones, *after_phones])
        return str(before.id)

    def create_lead(self, lead: CreateLead) -> str:
        """A lead for a call: the client's number, the company number dialled, the repeat flag."""
        given = {
            "title": lead.title,
            PHONE: lead.phone,
            "did": lead.did,
            "owner": lead.owner,
            "contact": lead.contact,
            "company": lead.company,
            "repeat": str(lead.repeat),
            "pipeline": lead.pipeline,
        }
        known = {name: value for name, value in given.items() if value is not None}
        return self.create(EntityKind.LEAD, {**lead.fields, **known})

    def _custom(self, fields: Mapping[str, str]) -> dict[str, str]:
        return {name: fields[name] for name in self.settings.fields if name in fields}

    def _stage(self, pipeline: str | None, stage: str | None) -> dict[str, Any]:
        """The stage of that name, or the first, of that pipeline, or the first, and whether it
        closes the deal."""
        pipeline = pipeline or self.first_pipeline()
        rows = self.connection.execute(
            select(t.STAGES).where(t.STAGES.c.pipeline == pipeline).order_by(t.STAGES.c.position)
        ).all()
        if not rows:
            raise Refusal(f"there is no pipeline {pipeline!r}; it has: {self._pipelines()}")
        named = {row.id: row for row in rows}
        row = named.get(stage) if stage else rows[0]
        if row is None:
            raise Refusal(f"pipeline {pipeline!r} has no stage {stage!r}; it has: {list(named)}")
        return {"pipeline": pipeline, "stage": row.id, "closed": row.closes is not None}

    def first_pipeline(self) -> str | None:
        query = select(t.PIPELINES.c.id).order_by(t.PIPELINES.c.position).limit(1)
        found: str | None = self.connection.scalar(query)
        return found

    def _pipelines(self) -> str:
        return ", ".join(self.connection.scalars(select(t.PIPELINES.c.id)))

    def _set_lists(self, kind: EntityKind, entity: int, fields: Mapping[str, str]) -> None:
        for name in LISTS[kind]:
            if name not in fields:
                continue
            if name == PHONE:
                raws = several(fields[name])
                set_phones(self.connection, kind, entity, raws, self.settings.region)
            elif name == EMAIL:
                self._set_emails(kind, entity, several(fields[name]))
            elif name == USERS:
                self._set_users(entity, several(fields[name]))
            elif name in REQUISITES:
                self._set_requisite(entity, name, fields[name].strip())

    def _set_emails(self, kind: EntityKind, entity: int, emails: list[str]) -> None:
        mine = and_(t.EMAILS.c.kind == kind.value, t.EMAILS.c.entity == entity)
        self.connection.execute(delete(t.EMAILS).where(mine))
        for email in dict.fromkeys(each.casefold() for each in emails):
            row = {"kind": kind.value, "entity": entity, "email": email}
            self.connection.execute(insert(t.EMAILS), row)

    def _set_users(self, deal: int, users: list[str]) -> None:
        self.connection.execute(delete(t.DEAL_USERS).where(t.DEAL_USERS.c.deal == deal))
        for user in users:
            row = {"deal": deal, "user": existing(self.connection, t.USERS, user, "user")}
            self.connection.execute(insert(t.DEAL_USERS), row)

    def _set_requisite(self, company: int, name: str, value: str) -> None:
        mine = and_(t.REQUISITES.c.company == company, t.REQUISITES.c.name == name)
        self.connection.execute(delete(t.REQUISITES).where(mine))
        if value:
            row = {"company": company, "name": name, "value": value}
            self.connection.execute(insert(t.REQUISITES), row)

    def _remember(
        self,
        kind: EntityKind,
        entity: int,
        before: Mapping[Any, Any],
        fields: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> None:
        """What each field was and became; a list field keeps only what it became."""
        for name in fields:
            old, new = before.get(name, before["fields"].get(name)), values.get(name, fields[name])
            if old != new:
                row = {"kind": kind.value, "entity": entity, "field": name, "changed_at": self.now}
                told = {"old": _told(old), "new": _told(new)}
                self.connection.execute(insert(t.HISTORY), {**row, **told})


def _told(value: object) -> str | None:
    return None if value is None else str(value)
