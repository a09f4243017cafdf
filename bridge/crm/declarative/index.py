"""Who stores a number: asked for one, told for all of them, and what changes in that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from bridge.crm.declarative import description
from bridge.crm.declarative.answers import every_in
from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.rows import Entity, Reader
from bridge.crm.declarative.search import Searcher, belonging
from bridge.crm.limiter import Priority
from bridge.crm.phones import number
from bridge.crm.trouble import Trouble, refused
from bridge.domain.commands import Verdict
from bridge.domain.entities import Deal, EntityKind, EntityRef, Lead, Match
from bridge.domain.ports import PhoneChange, PhonePage, Search


class Index:
    """Every method raises Trouble."""

    def __init__(self, client: Client, reader: Reader, search: Searcher, region: str) -> None:
        self._client = client
        self._described = client.described
        self._reader = reader
        self._search = search
        self._region = region

    async def lookup(self, phone: str) -> list[Match]:
        """Everybody who stores this number, contacts first; a closed lead makes nobody known."""
        e164 = number(phone, self._region)
        if e164 is None:
            return []
        if self._described.lookup is not None:
            return await self._answered(e164)
        query = Search(phone=e164)
        asked = [
            (EntityKind.CONTACT, query),
            (EntityKind.COMPANY, query),
            (EntityKind.LEAD, replace(query, open_only=True)),
        ]
        able = [(kind, each) for kind, each in asked if self._by_phone(kind)]
        found = await asyncio.gather(
            *(self._search.find(kind, each, Priority.ROUTE) for kind, each in able)
        )
        matched = [
            self._match(kind, each)
            for (kind, _), some in zip(able, found, strict=True)
            for each in some
        ]
        return list(await asyncio.gather(*matched))

    async def phones(self, page: str | None) -> PhonePage:
        index = self._index()
        ask = Ask(name="phones", priority=Priority.PRELOAD)
        answer = await self._client.send(index.phones, {"page": page}, ask)
        with_match = (
            (self._reader.value(index.phones.phone, row), match)
            for row in every_in(index.phones.rows, answer.data, ask.name)
            for match in self._matches(index, index.phones.match, row, ask)
        )
        return PhonePage(
            phones=tuple((phone, match) for phone, match in with_match if phone),
            next=self._reader.value(index.phones.next, answer.data),
            since=self._reader.value(index.phones.since, answer.data) or "",
        )

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        index = self._index()
        while True:
            ask = Ask(name="changes", priority=Priority.PRELOAD)
            answer = await self._client.send(index.changes, {"since": since}, ask)
            rows = every_in(index.changes.rows, answer.data, ask.name)
            for row in rows:
                cursor = self._reader.value(index.changes.cursor, row) or since
                yield PhoneChange(
                    cursor=cursor,
                    phone=self._reader.value(index.changes.phone, row) or "",
                    matches=tuple(self._matches(index, index.changes.matches, row, ask)),
                )
                if cursor == since:
                    raise Trouble(Verdict.TRY_LATER, "changes: the cursor stands still")
                since = cursor
            if not rows:
                return

    async def _answered(self, phone: str) -> list[Match]:
        lookup = self._described.lookup
        assert lookup is not None
        ask = Ask(name="lookup", priority=Priority.ROUTE)
        rows = await self._client.rows(lookup, {"asked": phone, "phone": phone}, ask)
        read = (
            self._reader.match(match, row)
            for row in rows
            for match in lookup.match
            if self._reader.stores(match, row, phone)
        )
        return [match for match in read if match is not None]

    async def _match(self, kind: EntityKind, found: Entity) -> Match:
        deals: list[Deal] = []
        if kind is not EntityKind.LEAD and self._deals_by(kind):
            deals = await self._search.deals(belonging(kind, found.id, True), Priority.ROUTE)
        name = found.title if isinstance(found, Lead | Deal) else found.name
        return Match(
            entity=EntityRef(kind, found.id),
            name=name,
            owner=found.owner,
            company=getattr(found, "company", None),
            open_deals=tuple(deals),
            fields=found.fields,
        )

    def _by_phone(self, kind: EntityKind) -> bool:
        described = self._described.entity(kind)
        return described is not None and "phone" in described.search

    def _deals_by(self, kind: EntityKind) -> bool:
        deal = self._described.deal
        return deal is not None and kind.value in deal.search

    def _matches(self, index: description.Index, path: str, row: Any, ask: Ask) -> list[Match]:
        read = (self._reader.match(index.match, each) for each in every_in(path, row, ask.name))
        return [match for match in read if match is not None]

    def _index(self) -> description.Index:
        if self._described.index is None:
            raise refused(f"{self._described.crm} is described without an index of phones")
        return self._described.index
