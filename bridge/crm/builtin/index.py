"""Who is it that calls: the entities that store a number, all of them, and what changed since."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from bridge.crm.builtin import tables as t
from bridge.crm.builtin.reading import deals, text
from bridge.crm.phones import number
from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.domain.ports import PhoneChange, PhonePage

PAGE: Final = 500  # numbers

_STORED: Final = (
    select(t.PHONES.c.kind, t.PHONES.c.entity)
    .where(t.PHONES.c.e164 == bindparam("of"))
    .distinct()
    .order_by(t.PHONES.c.entity)
)
_CONTACT: Final = select(t.CONTACTS).where(t.CONTACTS.c.id == bindparam("of"))
_COMPANY: Final = select(t.COMPANIES).where(t.COMPANIES.c.id == bindparam("of"))
_LEAD: Final = select(t.LEADS).where(t.LEADS.c.id == bindparam("of"))
_NEWEST: Final = select(func.max(t.FEED.c.id))


def lookup(connection: Connection, phone: str, region: str) -> list[Match]:
    """Contacts, then companies, then open leads that store the number; a closed lead is history."""
    wanted = number(phone, region)
    return [] if wanted is None else _matches(connection, wanted)


def phones(connection: Connection, page: str | None) -> PhonePage:
    """Every number that `lookup` answers to, in order; a page is named by the last before it."""
    known = (
        select(t.PHONES.c.e164)
        .where(t.PHONES.c.e164 > (page or ""))
        .distinct()
        .order_by(t.PHONES.c.e164)
        .limit(PAGE)
    )
    numbers = connection.scalars(known).all()
    return PhonePage(
        phones=tuple((each, match) for each in numbers for match in _matches(connection, each)),
        next=numbers[-1] if len(numbers) == PAGE else None,
        since=str(newest(connection)),
    )


def newest(connection: Connection) -> int:
    """The last place in the feed; 0 before anything has changed."""
    return connection.scalar(_NEWEST) or 0


def changes(connection: Connection, since: int) -> list[PhoneChange]:
    """At most a page of what changed after this place in the feed, oldest first."""
    rows = connection.execute(
        select(t.FEED.c.id, t.FEED.c.phone)
        .where(t.FEED.c.id > since)
        .order_by(t.FEED.c.id)
        .limit(PAGE)
    ).all()
    return [
        PhoneChange(
            cursor=str(row.id), phone=row.phone, matches=tuple(_matches(connection, row.phone))
        )
        for row in rows
    ]


def _matches(connection: Connection, wanted: str) -> list[Match]:
    stored = connection.execute(_STORED, {"of": wanted}).all()
    found = [_FIND[EntityKind(row.kind)](connection, row.entity) for row in stored]
    order = list(EntityKind)
    return sorted((each for each in found if each), key=lambda it: order.index(it.entity.kind))


def _contact(connection: Connection, id: int) -> Match:
    row = connection.execute(_CONTACT, {"of": id}).one()
    return Match(
        entity=EntityRef(EntityKind.CONTACT, str(id)),
        name=row.name,
        owner=row.owner,
        company=text(row.company),
        open_deals=tuple(deals(connection, EntityKind.CONTACT, [id], open_only=True)),
    )


def _company(connection: Connection, id: int) -> Match:
    row = connection.execute(_COMPANY, {"of": id}).one()
    return Match(
        entity=EntityRef(EntityKind.COMPANY, str(id)),
        name=row.name,
        owner=row.owner,
        open_deals=tuple(deals(connection, EntityKind.COMPANY, [id], open_only=True)),
    )


def _lead(connection: Connection, id: int) -> Match | None:
    row = connection.execute(_LEAD, {"of": id}).one()
    if row.closed:
        return None
    return Match(
        entity=EntityRef(EntityKind.LEAD, str(id)),
        name=row.title,
        owner=row.owner,
        company=text(row.company),
    )


_FIND: Final = {
    EntityKind.CONTACT: _contact,
    EntityKind.COMPANY: _company,
    EntityKind.LEAD: _lead,
}
