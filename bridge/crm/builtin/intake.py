"""Bring clients in from a list: each is found or made, never doubled.

A contact is the same when the name and one phone agree, a company when the INN or else the name
agrees, an open deal when title and client agree. What the list does not say stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.sql.expression import TableClause

from bridge.crm.builtin import people, reading
from bridge.crm.builtin import tables as t
from bridge.crm.builtin.fields import Refusal, searchable
from bridge.crm.builtin.writing import Writer
from bridge.crm.phones import number
from bridge.domain.entities import EntityKind
from bridge.domain.ports import Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One client as a list has it; `line` is where it begins in the file."""

    line: int
    name: str = ""
    company: str = ""
    inn: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    owner: str = ""
    deal: str = ""
    pipeline: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in the entry that begins at `line`, and what to write instead."""

    line: int
    text: str


def take(writer: Writer, entries: Iterable[Entry]) -> tuple[Counter[str], list[Mistake]]:
    """What was made and changed, by kind; an entry with a mistake changes nothing."""
    told: Counter[str] = Counter()
    mistakes = []
    for entry in entries:
        try:
            with writer.connection.begin_nested():
                told += Counter(_take_one(writer, entry))
        except Refusal as error:
            mistakes.append(Mistake(entry.line, str(error)))
    return told, mistakes


def _take_one(writer: Writer, entry: Entry) -> list[str]:
    if not (entry.name or entry.company):
        raise Refusal("there is neither a name nor a company; write one of them")
    _check_phones(writer, entry)
    owner = _owner(writer.connection, entry.owner)
    done: list[str] = []
    company = _company(writer, entry, owner, done) if entry.company else None
    contact = _contact(writer, entry, owner, company, done) if entry.name else None
    if entry.deal:
        _deal(writer, entry, owner, contact, company, done)
    return done


def _check_phones(writer: Writer, entry: Entry) -> None:
    for phone in entry.phones:
        if number(phone, writer.settings.region) is None:
            raise Refusal(f"{phone!r} is no phone number; write it with its code, +7 916 123-45-67")


def _owner(connection: Connection, named: str) -> str | None:
    """The user of this id, extension, e-mail or name."""
    if not named:
        return None
    users = people.users(connection)
    wanted = searchable(named)
    found = [
        user.id
        for user in users
        if wanted in {searchable(user.id), searchable(user.name), (user.email or "").casefold()}
        or named in user.extensions
    ]
    if len(found) != 1:
        known = ", ".join(user.id for user in users) or (
            "none yet: the daemon writes them when it starts, from `agents` of the configuration"
        )
        raise Refusal(f"owner {named!r} is not one user; users: {known}")
    return found[0]


def _company(writer: Writer, entry: Entry, owner: str | None, done: list[str]) -> str:
    phones = () if entry.name else entry.phones
    same = t.COMPANIES.c.inn == entry.inn if entry.inn else _named(t.COMPANIES, entry.company)
    found = _those(writer.connection, EntityKind.COMPANY, same)
    given = {"name": entry.company, "inn": entry.inn, "owner": owner if not entry.name else None}
    return _put(writer, EntityKind.COMPANY, found, given, phones, (), done)


def _contact(
    writer: Writer, entry: Entry, owner: str | None, company: str | None, done: list[str]
) -> str:
    numbers = {number(phone, writer.settings.region) for phone in entry.phones}
    found = [
        each
        for each in _those(writer.connection, EntityKind.CONTACT, _named(t.CONTACTS, entry.name))
        if numbers & set(each.phones) or not (numbers or each.phones)
    ]
    given = {"name": entry.name, "owner": owner, "company": company}
    return _put(writer, EntityKind.CONTACT, found, given, entry.phones, entry.emails, done)


def _deal(
    writer: Writer,
    entry: Entry,
    owner: str | None,
    contact: str | None,
    company: str | None,
    done: list[str],
) -> None:
    query = Search(contact=contact, company=None if contact else company, open_only=True)
    deals = reading.search(writer.connection, EntityKind.DEAL, query, writer.settings.region)
    if any(searchable(each.title) == searchable(entry.deal) for each in deals):
        return
    given = {
        "title": entry.deal,
        "pipeline": entry.pipeline,
        "owner": owner,
        "contact": contact,
        "company": company,
    }
    writer.create(EntityKind.DEAL, _said(given))
    done.append("deals made")


def _put(
    writer: Writer,
    kind: EntityKind,
    found: list[Any],
    given: dict[str, str | None],
    phones: tuple[str, ...],
    emails: tuple[str, ...],
    done: list[str],
) -> str:
    """The id of the first of `found` with what is `given`, or of a new one."""
    plural = {EntityKind.CONTACT: "contacts", EntityKind.COMPANY: "companies"}[kind]
    if not found:
        lists = {"phone": ", ".join(phones), "email": ", ".join(emails)}
        done.append(f"{plural} made")
        return writer.create(kind, {**_said(given), **_said(lists)})
    known = found[0]
    news = {name: value for name, value in _said(given).items() if getattr(known, name) != value}
    new_phones = [p for p in phones if number(p, writer.settings.region) not in known.phones]
    if new_phones:
        news["phone"] = ", ".join([*known.phones, *new_phones])
    if new_emails := [e for e in emails if e.casefold() not in getattr(known, "emails", ())]:
        news["email"] = ", ".join([*known.emails, *new_emails])
    if news:
        writer.update(kind, known.id, news)
        done.append(f"{plural} changed")
    id: str = known.id
    return id


def _named(table: TableClause, name: str) -> ColumnElement[bool]:
    return table.c.search == searchable(name)


def _those(connection: Connection, kind: EntityKind, same: ColumnElement[bool]) -> list[Any]:
    table = t.ENTITIES[kind]
    rows = connection.execute(select(table).where(same).order_by(table.c.id)).all()
    return [reading.READERS[kind](connection, row) for row in rows]


def _said(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
