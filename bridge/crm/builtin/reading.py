"""Rows into entities, and a search into rows: contacts, companies, leads and deals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, or_, select

from bridge.crm.builtin import tables as t
from bridge.crm.builtin.fields import Refusal, searchable
from bridge.crm.builtin.phones import phones
from bridge.crm.phones import number
from bridge.domain.entities import Company, Contact, Deal, EntityKind, Lead
from bridge.domain.ports import Search

Entity = Contact | Company | Lead | Deal
Condition = Callable[[str, str], ColumnElement[bool]]  # (what is asked, region)

_EMAILS: Final = select(t.EMAILS.c.email).where(
    t.EMAILS.c.kind == bindparam("of_kind"), t.EMAILS.c.entity == bindparam("of")
)
_REQUISITES: Final = select(t.REQUISITES.c.name, t.REQUISITES.c.value).where(
    t.REQUISITES.c.company == bindparam("of")
)


def _deals_of(owner: ColumnElement[Any], *so: ColumnElement[bool]) -> Select[Any]:
    return (
        select(t.DEALS)
        .where(owner.in_(bindparam("owners", expanding=True)), *so)
        .order_by(t.DEALS.c.changed_at.desc(), t.DEALS.c.id.desc())
    )


_OPEN: Final = t.DEALS.c.closed.is_(False)
# (of whom, only those in work)
_DEALS: Final = {
    (EntityKind.CONTACT, False): _deals_of(t.DEALS.c.contact),
    (EntityKind.CONTACT, True): _deals_of(t.DEALS.c.contact, _OPEN),
    (EntityKind.COMPANY, False): _deals_of(t.DEALS.c.company),
    (EntityKind.COMPANY, True): _deals_of(t.DEALS.c.company, _OPEN),
}


def text(value: object) -> str | None:
    """An id as the CRM's callers see it."""
    return None if value is None else str(value)


def contact(connection: Connection, row: Row[Any]) -> Contact:
    return Contact(
        id=str(row.id),
        name=row.name,
        phones=phones(connection, EntityKind.CONTACT, row.id),
        emails=_emails(connection, EntityKind.CONTACT, row.id),
        owner=row.owner,
        company=text(row.company),
        fields=row.fields,
    )


def company(connection: Connection, row: Row[Any]) -> Company:
    requisites = connection.execute(_REQUISITES, {"of": row.id})
    return Company(
        id=str(row.id),
        name=row.name,
        phones=phones(connection, EntityKind.COMPANY, row.id),
        inn=row.inn,
        requisites={each.name: each.value for each in requisites},
        owner=row.owner,
        deals=tuple(deals(connection, EntityKind.COMPANY, [row.id])),
        fields=row.fields,
    )


def lead(connection: Connection, row: Row[Any]) -> Lead:
    routed = {"did": row.did, "pipeline": row.pipeline}
    return Lead(
        id=str(row.id),
        title=row.title,
        phones=phones(connection, EntityKind.LEAD, row.id),
        owner=row.owner,
        contact=text(row.contact),
        company=text(row.company),
        closed=row.closed,
        repeat=row.repeat,
        fields={**row.fields, **{name: value for name, value in routed.items() if value}},
    )


def deal(_: Connection, row: Row[Any]) -> Deal:
    return Deal(
        id=str(row.id),
        title=row.title,
        pipeline=row.pipeline,
        stage=row.stage,
        closed=row.closed,
        owner=row.owner,
        contact=text(row.contact),
        company=text(row.company),
        changed_at=datetime.fromisoformat(row.changed_at),
        fields=row.fields,
    )


READERS: Final[Mapping[EntityKind, Callable[[Connection, Row[Any]], Entity]]] = {
    EntityKind.CONTACT: contact,
    EntityKind.COMPANY: company,
    EntityKind.LEAD: lead,
    EntityKind.DEAL: deal,
}


def deals(
    connection: Connection, kind: EntityKind, owners: Sequence[int], *, open_only: bool = False
) -> list[Deal]:
    """Those of these contacts or companies, the one changed last first."""
    rows = connection.execute(_DEALS[kind, open_only], {"owners": owners})
    return [deal(connection, row) for row in rows]


def get(connection: Connection, kind: EntityKind, id: str) -> Entity | None:
    """The entity of this id, or None."""
    table = t.ENTITIES[kind]
    row = connection.execute(select(table).where(table.c.id == id)).one_or_none()
    return None if row is None else READERS[kind](connection, row)


def search(
    connection: Connection, kind: EntityKind, query: Search, region: str, limit: int = 500
) -> list[Any]:
    """The entities that answer to everything asked, the one changed last first.

    Raises Refusal for a question that this kind cannot answer.
    """
    table = t.ENTITIES[kind]
    statement = select(table).order_by(table.c.changed_at.desc(), table.c.id.desc()).limit(limit)
    for condition in _conditions(kind, query, region):
        statement = statement.where(condition)
    return [READERS[kind](connection, row) for row in connection.execute(statement)]


def _emails(connection: Connection, kind: EntityKind, entity: int) -> tuple[str, ...]:
    return tuple(connection.scalars(_EMAILS, {"of_kind": kind.value, "of": entity}))


def _conditions(kind: EntityKind, query: Search, region: str) -> list[ColumnElement[bool]]:
    asked, answers = query.asked(), _ANSWERS[kind]
    if unknown := sorted(asked.keys() - answers.keys()):
        raise Refusal(f"a {kind.value} cannot be searched by {', '.join(unknown)}")
    return [answers[name](value, region) for name, value in asked.items()]


def _equals(column: ColumnElement[Any]) -> Condition:
    return lambda value, _: column == value


def _named(column: ColumnElement[Any]) -> Condition:
    return lambda value, _: column.contains(searchable(value), autoescape=True)


def _still_open(column: ColumnElement[Any]) -> Condition:
    return lambda _, __: column.is_(False)


def _by_phone(kind: EntityKind) -> Condition:
    def stored(value: str, region: str) -> ColumnElement[bool]:
        same = or_(t.PHONES.c.e164 == number(value, region), t.PHONES.c.raw == value)
        found = select(t.PHONES.c.entity).where(t.PHONES.c.kind == kind.value, same)
        return t.ENTITIES[kind].c.id.in_(found)

    return stored


def _by_email(kind: EntityKind) -> Condition:
    def stored(value: str, _: str) -> ColumnElement[bool]:
        found = select(t.EMAILS.c.entity).where(
            t.EMAILS.c.kind == kind.value, t.EMAILS.c.email == value.strip().casefold()
        )
        return t.ENTITIES[kind].c.id.in_(found)

    return stored


def _by_requisite(value: str, _: str) -> ColumnElement[bool]:
    found = select(t.REQUISITES.c.company).where(t.REQUISITES.c.value == value.strip())
    return or_(t.COMPANIES.c.id.in_(found), t.COMPANIES.c.inn == value.strip())


_ANSWERS: Final[Mapping[EntityKind, Mapping[str, Condition]]] = {
    EntityKind.CONTACT: {
        "id": _equals(t.CONTACTS.c.id),
        "name": _named(t.CONTACTS.c.search),
        "phone": _by_phone(EntityKind.CONTACT),
        "email": _by_email(EntityKind.CONTACT),
        "company": _equals(t.CONTACTS.c.company),
    },
    EntityKind.COMPANY: {
        "id": _equals(t.COMPANIES.c.id),
        "name": _named(t.COMPANIES.c.search),
        "phone": _by_phone(EntityKind.COMPANY),
        "email": _by_email(EntityKind.COMPANY),
        "inn": _equals(t.COMPANIES.c.inn),
        "requisite": _by_requisite,
    },
    EntityKind.LEAD: {
        "id": _equals(t.LEADS.c.id),
        "name": _named(t.LEADS.c.search),
        "phone": _by_phone(EntityKind.LEAD),
        "email": _by_email(EntityKind.LEAD),
        "contact": _equals(t.LEADS.c.contact),
        "company": _equals(t.LEADS.c.company),
        "open_only": _still_open(t.LEADS.c.closed),
    },
    EntityKind.DEAL: {
        "id": _equals(t.DEALS.c.id),
        "name": _named(t.DEALS.c.search),
        "contact": _equals(t.DEALS.c.contact),
        "company": _equals(t.DEALS.c.company),
        "stage": _equals(t.DEALS.c.stage),
        "open_only": _still_open(t.DEALS.c.closed),
    },
}
