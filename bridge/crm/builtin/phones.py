"""Phones of the entities: kept as written, found by E.164; and the feed of what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, and_, delete, insert, or_, select

from bridge.crm.builtin import tables as t
from bridge.crm.phones import number
from bridge.domain.entities import EntityKind

_TO_THE_END: Final = insert(t.FEED).prefix_with("OR REPLACE")


def set_phones(
    connection: Connection, kind: EntityKind, entity: int, raws: Iterable[str], region: str
) -> None:
    """Make `raws` the phones of this entity and of no others."""
    mine = and_(t.PHONES.c.kind == kind.value, t.PHONES.c.entity == entity)
    connection.execute(delete(t.PHONES).where(mine))
    for raw in raws:
        row = {"kind": kind.value, "entity": entity, "raw": raw, "e164": number(raw, region)}
        connection.execute(insert(t.PHONES), row)


def phones(connection: Connection, kind: EntityKind, entity: int) -> tuple[str, ...]:
    """In E.164 where the number is a public one, else as written."""
    rows = connection.execute(
        select(t.PHONES.c.e164, t.PHONES.c.raw)
        .where(t.PHONES.c.kind == kind.value, t.PHONES.c.entity == entity)
        .order_by(t.PHONES.c.raw)
    )
    return tuple(dict.fromkeys(row.e164 or row.raw for row in rows))


def concerned(connection: Connection, kind: EntityKind, entity: int) -> Sequence[str]:
    """The phones whose `lookup` shows this entity: a deal's are its contact's and company's."""
    owners = [(kind.value, entity)]
    if kind is EntityKind.DEAL:
        deal = connection.execute(
            select(t.DEALS.c.contact, t.DEALS.c.company).where(t.DEALS.c.id == entity)
        ).one()
        owners = [("contact", deal.contact), ("company", deal.company)]
    stored = or_(*(and_(t.PHONES.c.kind == k, t.PHONES.c.entity == e) for k, e in owners))
    return connection.scalars(
        select(t.PHONES.c.e164).where(stored, t.PHONES.c.e164.is_not(None)).distinct()
    ).all()


def announce_change(connection: Connection, numbers: Iterable[str]) -> None:
    """Put these numbers at the end of the feed that `changes` reads."""
    for each in sorted(set(numbers)):
        connection.execute(_TO_THE_END, {"phone": each})
