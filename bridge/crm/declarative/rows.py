"""Rows of answers as entities, and whether an entity answers to what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bridge.crm.declarative.bodies import Facts
from bridge.crm.declarative.description import MatchRow, Row, UserRow
from bridge.crm.declarative.expressions import all_taken, every, taken
from bridge.crm.extensions import listed
from bridge.crm.names import searchable
from bridge.crm.phones import number, readable, several
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict
from bridge.domain.entities import Company, Contact, Deal, EntityKind, EntityRef, Lead, Match, User
from bridge.domain.ports import Search

Entity = Contact | Company | Lead | Deal

_KINDS: Final = frozenset(map(str, EntityKind))
_TRUE: Final = frozenset({"true", "1", "yes", "да"})


class Reader:
    """Rows of one CRM. `facts` are its settings; `region` reads national numbers."""

    def __init__(self, facts: Facts, region: str) -> None:
        self._facts = facts
        self._region = region

    def entity(self, kind: EntityKind, row: Row, data: Any) -> Entity | None:
        """None for a row without an id. Raises Trouble for a row that cannot be read."""
        try:
            id = self._id(row.id, data)
            return _MADE[kind](self, id, row, data) if id else None
        except ValueError as error:
            raise _unreadable(error) from error

    def match(self, row: MatchRow, data: Any) -> Match | None:
        """None for a row of nobody, or of what is none of the four kinds."""
        try:
            kind, id = self._text(row.kind, data), self._id(row.id, data)
            if not id or kind is None or kind not in _KINDS:
                return None
            return Match(
                entity=EntityRef(EntityKind(kind), id),
                name=self._text(row.name, data) or "",
                owner=self._id(row.owner, data),
                company=self._id(row.company, data),
                open_deals=self._deals(row, data),
                fields=self._fields(row.fields, data),
            )
        except ValueError as error:
            raise _unreadable(error) from error

    def stores(self, row: MatchRow, data: Any, phone: str) -> bool:
        """Whether E.164 `phone` is one of the row's numbers, where it tells them: a CRM that
        compares the last digits finds other countries' numbers too. Raises Trouble."""
        try:
            told = self._phones(row, data)
        except ValueError as error:
            raise _unreadable(error) from error
        return not told or phone in told

    def user(self, row: UserRow, data: Any) -> User | None:
        try:
            id = self._id(row.id, data)
            if not id:
                return None
            return User(
                id=id,
                name=self._text(row.name, data) or "",
                extensions=tuple(
                    extension
                    for text in self._texts(row.extensions, data)
                    for extension in listed(text)
                ),
                email=self._text(row.email, data),
                active=row.active is None or self._flag(row.active, data),
            )
        except ValueError as error:
            raise _unreadable(error) from error

    def users(self, row: Row, data: Any) -> list[str]:
        """The ids of who works on a deal, its owner first."""
        others = self._texts(row.users, data)
        return [id for id in dict.fromkeys([self._id(row.owner, data), *others]) if id]

    def id(self, source: str, data: Any) -> str | None:
        """An id of an answer; None where it is none. Raises Trouble."""
        try:
            return self._id(source, data)
        except ValueError as error:
            raise _unreadable(error) from error

    def value(self, source: str | None, data: Any) -> str | None:
        """One text of an answer. Raises Trouble."""
        try:
            return self._text(source, data)
        except ValueError as error:
            raise _unreadable(error) from error

    def contact(self, id: str, row: Row, data: Any) -> Contact:
        return Contact(
            id=id,
            name=self._text(row.name, data) or "",
            phones=self._phones(row, data),
            emails=tuple(self._texts(row.emails, data)),
            owner=self._id(row.owner, data),
            company=self._id(row.company, data),
            fields=self._fields(row.fields, data),
        )

    def company(self, id: str, row: Row, data: Any) -> Company:
        return Company(
            id=id,
            name=self._text(row.name, data) or "",
            phones=self._phones(row, data),
            inn=self._text(row.inn, data),
            requisites=self._fields(row.requisites, data),
            owner=self._id(row.owner, data),
            fields=self._fields(row.fields, data),
        )

    def lead(self, id: str, row: Row, data: Any) -> Lead:
        return Lead(
            id=id,
            title=self._text(row.name, data) or "",
            phones=self._phones(row, data),
            owner=self._id(row.owner, data),
            contact=self._id(row.contact, data),
            company=self._id(row.company, data),
            closed=self._flag(row.closed, data),
            repeat=self._flag(row.repeat, data),
            fields=self._fields(row.fields, data),
        )

    def deal(self, id: str, row: Row, data: Any) -> Deal:
        return Deal(
            id=id,
            title=self._text(row.name, data) or "",
            pipeline=self._id(row.pipeline, data),
            stage=self._id(row.stage, data),
            closed=self._flag(row.closed, data),
            owner=self._id(row.owner, data),
            contact=self._id(row.contact, data),
            company=self._id(row.company, data),
            changed_at=_moment(self._text(row.changed_at, data)),
            fields=self._fields(row.fields, data),
        )

    def _deals(self, row: MatchRow, data: Any) -> tuple[Deal, ...]:
        if row.deals is None or row.deal is None:
            return ()
        found = (self.entity(EntityKind.DEAL, row.deal, each) for each in every(row.deals, data))
        return tuple(deal for deal in found if isinstance(deal, Deal) and not deal.closed)

    def _phones(self, row: Row | MatchRow, data: Any) -> tuple[str, ...]:
        raws = [part for each in self._texts(row.phones, data) for part in several(each)]
        return readable(raws, self._region)

    def _fields(self, sources: Mapping[str, str], data: Any) -> dict[str, str]:
        found = {name: self._text(source, data) for name, source in sources.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _texts(self, source: str | None, data: Any) -> list[str]:
        if source is None:
            return []
        return [_plain(each) for each in all_taken(source, data, self._facts)]

    def _text(self, source: str | None, data: Any) -> str | None:
        if source is None:
            return None
        found = taken(source, data, self._facts)
        return None if found is None or found == "" else _plain(found)

    def _id(self, source: str | None, data: Any) -> str | None:
        return None if source is None else identity(taken(source, data, self._facts))

    def _flag(self, source: str | None, data: Any) -> bool:
        found = self._text(source, data)
        return found is not None and found.casefold() in _TRUE


_MADE: Final[Mapping[EntityKind, Callable[[Reader, str, Row, Any], Entity]]] = {
    EntityKind.CONTACT: Reader.contact,
    EntityKind.COMPANY: Reader.company,
    EntityKind.LEAD: Reader.lead,
    EntityKind.DEAL: Reader.deal,
}


def answers(entity: Entity, query: Search, region: str) -> bool:
    """Whether this entity is what was asked for: a CRM's own search may find more."""
    return all(_ANSWERS[word](entity, asked, region) for word, asked in query.asked().items())


def _phone(entity: Any, asked: str, region: str) -> bool:
    return number(asked, region) in entity.phones


def _has_email(entity: Any, asked: str) -> bool:
    """What is read without its e-mails is taken as the CRM found it."""
    emails = getattr(entity, "emails", (asked,))
    return asked.strip().casefold() in [each.strip().casefold() for each in emails]


def _requisite(entity: Any, asked: str, region: str) -> bool:
    return asked.strip() in (entity.inn, *entity.requisites.values())


_ANSWERS: Final[Mapping[str, Callable[[Any, Any, str], bool]]] = {
    "id": lambda entity, asked, _: entity.id == asked,
    "phone": _phone,
    "email": lambda entity, asked, _: _has_email(entity, asked),
    "name": lambda entity, asked, _: (
        searchable(asked) in searchable(getattr(entity, "name", "") or getattr(entity, "title", ""))
    ),
    "inn": lambda entity, asked, _: entity.inn == asked.strip(),
    "requisite": _requisite,
    "contact": lambda entity, asked, _: entity.contact == asked,
    "company": lambda entity, asked, _: entity.company == asked,
    "stage": lambda entity, asked, _: entity.stage == asked,
    "open_only": lambda entity, _, __: not entity.closed,
}

# What each kind can be asked by at all.
WORDS: Final[Mapping[EntityKind, frozenset[str]]] = {
    EntityKind.CONTACT: frozenset({"id", "phone", "email", "name", "company"}),
    EntityKind.COMPANY: frozenset({"id", "phone", "email", "name", "inn", "requisite"}),
    EntityKind.LEAD: frozenset({"id", "phone", "name", "contact", "company", "open_only"}),
    EntityKind.DEAL: frozenset({"id", "name", "contact", "company", "stage", "open_only"}),
}


def identity(found: Any) -> str | None:
    """An id as the port has it; what is empty, or false as PHP writes nothing, is none. Raises
    ValueError for what cannot be one."""
    if found is None or found is False or found in ("", [], {}):
        return None
    if found is True or isinstance(found, list | Mapping):
        raise ValueError(f"{'true' if found is True else 'a list or an object'} is no id")
    return _plain(found)


def _plain(found: Any) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float) and found.is_integer():
        return str(int(found))
    return str(found)


def _moment(text: str | None) -> datetime | None:
    """Without a zone it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unreadable(error: ValueError) -> Trouble:
    return Trouble(Verdict.TRY_LATER, f"an answer is not as it is described: {error}")
