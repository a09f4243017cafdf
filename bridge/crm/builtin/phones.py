"""Phones of the entities: kept as written, found by E.164; and the feed of what changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from bridge.crm.builtin import tables as t
from bridge.crm.phones import number
from bridge.domain.entities import EntityKind

_OF_ENTITY: Final = and_(
    t.PHONES.c.kind == bindparam("of_kind"), t.PHONES.c.entity == bindparam("of")
)
_FORGET: Final = delete(t.PHONES).where(_OF_ENTITY)
_NEW: Final = insert(t.PHONES)
_STORED: Final = select(t.PHONES.c.e164, t.PHONES.c.raw).where(_OF_ENTITY).order_by(t.PHONES.c.raw)
_DIALLED: Final = select(t.PHONES.c.e164).where(_OF_ENTITY, t.PHONES.c.e164.is_not(None)).distinct()
_CLIENTS: Final = select(t.DEALS.c.contact, t.DEALS.c.company).where(
    t.DEALS.c.id == bindparam("of")
)
_TO_THE_END: Final = insert(t.FEED).prefix_with("OR REPLACE")


def set_phones(
    connection: Connection, kind: EntityKind, entity: int, raws: Iterable[str], region: str
) -> None:
    """Make `raws` the phones of this entity and of no others."""
    connection.execute(_FORGET, {"of_kind": kind.value, "of": entity})
    for raw in raws:
        row = {"kind": kind.value, "entity": entity, "raw": raw, "e164": number(raw, region)}
        connection.execute(_NEW, row)


def phones(connection: Connection, kind: EntityKind, entity: int) -> tuple[str, ...]:
    """In E.164 where the number is a public one, else as written."""
    rows = connection.execute(_STORED, {"of_kind": kind.value, "of": entity})
    return tuple(dict.fromkeys(row.e164 or row.raw for row in rows))


def concerned(connection: Connection, kind: EntityKind, entity: int) -> list[str]:
    """The phones whose `lookup` shows this entity: a deal's are its contact's and company's."""
    owners = [(kind.value, entity)]
    if kind is EntityKind.DEAL:
        deal = connection.execute(_CLIENTS, {"of": entity}).one()
        owners = [("contact", deal.contact), ("company", deal.company)]
    return [
        phone
        for of_kind, of in owners
        for phone in connection.scalars(_DIALLED, {"of_kind": of_kind, "of": of})
    ]


def announce_change(connection: Connection, numbers: Iterable[str]) -> None:
    """Put these numbers at the end of the feed that `changes` reads."""
    for each in sorted(set(numbers)):
        connection.execute(_TO_THE_END, {"phone": each})
