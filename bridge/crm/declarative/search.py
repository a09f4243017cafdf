"""A search of the port as requests of the description, each answer verified here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

from bridge.crm.asked import asked_by
from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.description import Entity as Described
from bridge.crm.declarative.requests import Listing
from bridge.crm.declarative.rows import WORDS, Entity, Reader, answers
from bridge.crm.limiter import Priority
from bridge.crm.names import piece
from bridge.crm.phones import formatted, forms, number
from bridge.crm.trouble import refused
from bridge.domain.entities import Company, Contact, Deal, EntityKind, EntityRef, Lead
from bridge.domain.ports import Search

_MOST_DETAILS: Final = 20  # rows that are asked for again
_MOST_COMPANIES: Final = 20  # of one answer, whose deals are read too

T = TypeVar("T", bound=Entity)


class Searcher:
    """Every method raises Trouble."""

    def __init__(self, client: Client, reader: Reader, region: str) -> None:
        self._client = client
        self._described = client.described
        self._reader = reader
        self._region = region

    async def contacts(self, query: Search) -> list[Contact]:
        return _of(Contact, await self.find(EntityKind.CONTACT, query))

    async def companies(self, query: Search) -> list[Company]:
        """With their deals, where those can be asked for by company."""
        found = _of(Company, await self.find(EntityKind.COMPANY, query))
        deal = self._described.deal
        if deal is None or "company" not in deal.search:
            return found
        return [
            replace(each, deals=tuple(await self.deals(Search(company=each.id))))
            for each in found[:_MOST_COMPANIES]
        ]

    async def leads(self, query: Search) -> list[Lead]:
        return _of(Lead, await self.find(EntityKind.LEAD, query))

    async def deals(self, query: Search, priority: Priority = Priority.DELIVERY) -> list[Deal]:
        return _of(Deal, await self.find(EntityKind.DEAL, query, priority))

    async def deals_of(self, kind: EntityKind, query: Search) -> list[Deal]:
        """The deals of the contacts or companies that are asked for."""
        found: list[Deal] = []
        for owner in await self.find(kind, replace(query, open_only=False)):
            found += await self.deals(belonging(kind, owner.id, query.open_only))
        return list({deal.id: deal for deal in found}.values())

    async def deal_users(self, id: str) -> list[str]:
        """The ids of who works on it, its owner first."""
        deal = self._entity(EntityKind.DEAL)
        if deal.users is not None:
            rows = await self._client.rows(deal.users, {"asked": id}, Ask(name="deal users"))
            ids = (self._reader.id(deal.users.id, row) for row in rows)
            return [each for each in ids if each]
        for row in await self._rows(EntityKind.DEAL, deal, Search(id=id), Priority.DELIVERY):
            if self._reader.id(deal.row.id, row) == id:
                return self._reader.users(deal.row, row)
        raise refused(f"there is no deal {id!r}")

    async def exists(self, entity: EntityRef) -> bool:
        return bool(await self.find(entity.kind, Search(id=entity.id)))

    async def find(
        self, kind: EntityKind, query: Search, priority: Priority = Priority.DELIVERY
    ) -> list[Entity]:
        """The entities that answer to everything asked."""
        described = self._entity(kind)
        rows = await self._detailed(kind, described, query, priority)
        read = (self._reader.entity(kind, described.row, row) for row in rows)
        found = {each.id: each for each in read if each and answers(each, query, self._region)}
        return list(found.values())

    async def _detailed(
        self, kind: EntityKind, described: Described, query: Search, priority: Priority
    ) -> list[Any]:
        """Each row asked for again, where the list leaves out what is read."""
        rows = await self._rows(kind, described, query, priority)
        detail = described.search[_sent_by(kind, described, query)].detail
        if detail is None:
            return rows
        one = Listing(get=detail)
        ask = Ask(name=f"read {kind}", priority=priority)
        found = [await self._client.rows(one, {"row": row}, ask) for row in rows[:_MOST_DETAILS]]
        return [row for some in found for row in some]

    async def _rows(
        self, kind: EntityKind, described: Described, query: Search, priority: Priority
    ) -> list[Any]:
        word = _sent_by(kind, described, query)
        listing = described.search[word]
        ask = Ask(name=f"find {kind} by {word}", priority=priority)
        asked = query.asked()
        if word != "phone":
            facts = {"asked": asked[word], "piece": piece(asked[word]), "all": asked}
            return await self._client.rows(listing, facts, ask)
        phone = number(asked[word], self._region)
        return [] if phone is None else await self._by_forms(listing, phone, asked, ask)

    async def _by_forms(
        self, listing: Listing, phone: str, asked: dict[str, Any], ask: Ask
    ) -> list[Any]:
        """In every form that the CRM may hold it in: each a question of its own, or all in one."""
        phones = self._described.phones
        forms = written(phone, self._region, phones.search)
        known = {"phone": phone, "forms": forms, "all": asked}
        rows = [
            await self._client.rows(listing, {**known, "asked": form}, ask)
            for form in (forms[:1] if phones.together else forms)
        ]
        return [row for some in rows for row in some]

    def _entity(self, kind: EntityKind) -> Described:
        described = self._described.entity(kind)
        if described is None:
            raise refused(f"{self._described.crm} is described without {kind}")
        return described


_FORMS: Final = ("e164", "digits", "national", "local")


def written(phone: str, region: str, searched: Iterable[str]) -> list[str]:
    """E.164 `phone` in these forms, each once. Numbers of other countries have two of them."""
    every = dict(zip(_FORMS, forms(phone, region), strict=False))
    if national := formatted(phone, region):
        every["formatted"] = national
    return list(dict.fromkeys(every[form] for form in searched if form in every))


def _sent_by(kind: EntityKind, described: Described, query: Search) -> str:
    """The word that is sent; the others are compared here."""
    asked = asked_by(kind, query, WORDS)
    for word in described.search:
        if word in asked:
            return word
    words = ", ".join(described.search)
    raise refused(f"a {kind} is searched by {words} here, not by {', '.join(asked) or 'nothing'}")


def belonging(kind: EntityKind, id: str, open_only: bool) -> Search:
    """What belongs to this contact or company."""
    if kind is EntityKind.CONTACT:
        return Search(contact=id, open_only=open_only)
    return Search(company=id, open_only=open_only)


def _of(kind: type[T], found: list[Entity]) -> list[T]:
    return [each for each in found if isinstance(each, kind)]
