"""What may be written to each kind of entity: one table, read by create and by update alike.

A field's text is read into its column by the reader beside its name; a name that stands nowhere
is refused, so that a typing error never vanishes silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.sql.expression import TableClause

from bridge.crm.builtin import tables as t
from bridge.domain.entities import EntityKind

Reader = Callable[[Connection, str], Any]


class Refusal(Exception):
    """This write is wrong and always will be; the text says what to write instead."""


def _text(_: Connection, value: str) -> str | None:
    return value.strip() or None


def _name(_: Connection, value: str) -> str:
    return " ".join(value.split())


def _flag(_: Connection, value: str) -> bool:
    try:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
            value.strip().casefold()
        ]
    except KeyError:
        raise Refusal(f"{value!r} is neither true nor false") from None


def _digits(_: Connection, value: str) -> str | None:
    return re.sub(r"\D", "", value) or None


def existing(connection: Connection, table: TableClause, id: str, what: str) -> Any:
    """The stored id that is named by `id`. Raises Refusal when there is no such row."""
    found = connection.scalar(_by_id(table), {"of": id})
    if found is None:
        raise Refusal(f"there is no {what} {id!r}")
    return found


@cache
def _by_id(table: TableClause) -> Select[Any]:
    return select(table.c.id).where(table.c.id == bindparam("of"))


def _reference(table: TableClause, what: str) -> Reader:
    def read(connection: Connection, value: str) -> Any:
        return existing(connection, table, value.strip(), what) if value.strip() else None

    return read


_OWNER: Final = _reference(t.USERS, "user")
_CONTACT: Final = _reference(t.CONTACTS, "contact")
_COMPANY: Final = _reference(t.COMPANIES, "company")

COLUMNS: Final[Mapping[EntityKind, Mapping[str, Reader]]] = {
    EntityKind.CONTACT: {"name": _name, "owner": _OWNER, "company": _COMPANY},
    EntityKind.COMPANY: {"name": _name, "inn": _digits, "owner": _OWNER},
    EntityKind.LEAD: {
        "title": _name,
        "did": _text,
        "pipeline": _text,
        "owner": _OWNER,
        "contact": _CONTACT,
        "company": _COMPANY,
        "closed": _flag,
        "repeat": _flag,
    },
    EntityKind.DEAL: {
        "title": _name,
        "pipeline": _text,
        "stage": _text,
        "owner": _OWNER,
        "contact": _CONTACT,
        "company": _COMPANY,
    },
}

# Fields kept in tables of their own: several values each, separated by commas or line ends.
PHONE: Final = "phone"
EMAIL: Final = "email"
USERS: Final = "users"
REQUISITES: Final = ("kpp", "ogrn", "okpo", "bik", "account", "bank", "address")
LISTS: Final[Mapping[EntityKind, tuple[str, ...]]] = {
    EntityKind.CONTACT: (PHONE, EMAIL),
    EntityKind.COMPANY: (PHONE, EMAIL, *REQUISITES),
    EntityKind.LEAD: (PHONE, EMAIL),
    EntityKind.DEAL: (USERS,),
}


def several(value: str) -> list[str]:
    """The values of a field that holds several, each once, in order."""
    parts = (" ".join(part.split()) for part in re.split(r"[,;\n]", value))
    return list(dict.fromkeys(part for part in parts if part))


def check_names(kind: EntityKind, names: Mapping[str, str], custom: tuple[str, ...]) -> None:
    """Refuse a field that this kind of entity does not have."""
    known = {*COLUMNS[kind], *LISTS[kind], *custom}
    if unknown := sorted(set(names) - known):
        raise Refusal(
            f"a {kind.value} has no field {', '.join(unknown)}; it has: {', '.join(sorted(known))}"
        )


def columns(connection: Connection, kind: EntityKind, fields: Mapping[str, str]) -> dict[str, Any]:
    """The column values among `fields`. Raises Refusal."""
    readers = COLUMNS[kind]
    values = {name: readers[name](connection, fields[name]) for name in readers if name in fields}
    for title in ("name", "title"):
        if title in values:
            values["search"] = searchable(values[title])
    return values


def searchable(text: str) -> str:
    """A name as it is compared: without case, without yo, single spaces."""
    return " ".join(text.split()).casefold().replace("ё", "е")
