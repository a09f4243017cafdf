"""Who is it that calls: the entities that store a number, all of them, and what changed since.

The contact that was made of a stranger carries a tag. As long as none of its leads was won it is no
client: its open leads answer for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from bridge.crm.amocrm.client import Ask, Client
from bridge.crm.amocrm.dictionaries import WON, Dictionary
from bridge.crm.amocrm.entities import (
    PLURAL,
    deal,
    is_open,
    linked,
    reference,
    tags,
    values,
)
from bridge.crm.amocrm.search import Searcher
from bridge.crm.limiter import Priority
from bridge.crm.phones import number
from bridge.crm.shapes import Row
from bridge.crm.telling import Found, Telling
from bridge.crm.trouble import refused
from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.domain.ports import PhoneChange, PhonePage

KINDS: Final = (EntityKind.CONTACT, EntityKind.COMPANY)
_ORDER: Final = (EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD)
_SKEW: Final = 60  # seconds by which the account's clock may be another
_CHANGED: Final = 400  # pages: a list of clients may have been brought in meanwhile
_MOST: Final = 1000  # entities that are read again since unsigned webhooks named them
_ROUTE: Final = Ask(priority=Priority.ROUTE)
_PRELOAD: Final = Ask(priority=Priority.PRELOAD, pages=_CHANGED)


class Index:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary, search: Searcher) -> None:
        self._client = client
        self._settings = client.settings
        self._lists = lists
        self._search = search
        self._telling = Telling()
        self._touched: set[EntityRef] = set()

    def touch(self, refs: Iterable[EntityRef]) -> None:
        """A webhook says that these have changed, or are gone."""
        for ref in refs:
            if len(self._touched) < _MOST:
                self._touched.add(ref)

    async def lookup(self, phone: str, ask: Ask = _ROUTE) -> list[Match]:
        """Contacts, then companies, then leads of strangers that store the number."""
        wanted = number(phone, self._settings.region)
        if wanted is None:
            return []
        asked = (self._search.storing(kind, wanted, ask) for kind in KINDS)
        contacts, companies = await asyncio.gather(*asked)
        rows = {EntityKind.CONTACT: contacts, EntityKind.COMPANY: companies}
        found = await self._found(rows, ask)
        storing = [ref for ref, phones in found.phones.items() if wanted in phones]
        ordered = sorted(storing, key=lambda ref: (_ORDER.index(ref.kind), int(ref.id)))
        return [found.matches[ref] for ref in ordered]

    async def phones(self, page: str | None) -> PhonePage:
        """A page is named `contact:number`. Raises Trouble for another name."""
        kind, place = _place(page)
        since = str(int(self._client.now()))
        asked = {"with": "leads,companies" if kind is EntityKind.CONTACT else "leads"}
        asked = {**asked, "limit": str(self._settings.page), "page": str(place)}
        rows, more = await self._client.page(PLURAL[kind], PLURAL[kind], asked, _PRELOAD)
        found = await self._found({kind: rows}, _PRELOAD)
        self._telling.tell(found)
        following = f"{kind.value}:{place + 1}" if more else _following(kind)
        return PhonePage(phones=found.pairs(), next=following, since=since)

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        if not since.isdecimal() or len(since) > 12:
            raise refused(f"{since!r} is no moment; start from that of `phones`")
        cursor = str(int(self._client.now()))
        touched, self._touched = self._touched, set()
        try:
            now = await self._changed(max(0, int(since) - _SKEW), touched)
            concerned = self._telling.concerned(now)
            answers = {phone: await self.lookup(phone, _PRELOAD) for phone in sorted(concerned)}
        except Exception:
            self.touch(touched)
            raise
        self._telling.tell(now)
        for left, phone in zip(reversed(range(len(answers))), answers, strict=True):
            on = since if left else cursor  # the last one leads on
            yield PhoneChange(cursor=on, phone=phone, matches=tuple(answers[phone]))

    async def _changed(self, since: int, touched: Iterable[EntityRef]) -> Found:
        """The clients changed since then, those of changed leads, and those that are named."""
        if not await self._lists.filters():
            raise refused("this account does not filter lists: changes cannot be read")
        filter = {"filter": {"updated_at": {"from": since}}}
        ids = {kind: [ref.id for ref in touched if ref.kind is kind] for kind in KINDS}
        for kind in KINDS:
            rows = await self._client.rows(PLURAL[kind], PLURAL[kind], filter, _PRELOAD)
            ids[kind] += [str(row["id"]) for row in rows]
        leads = await self._client.rows("leads", "leads", {**filter, "with": "contacts"}, _PRELOAD)
        named = [ref.id for ref in touched if ref.kind is EntityKind.LEAD]
        leads += await self._search.by_ids(EntityKind.LEAD, named, _PRELOAD)
        for kind in KINDS:
            ids[kind] += [id for row in leads for id in linked(row, kind)]
        rows_now = {kind: await self._search.by_ids(kind, ids[kind], _PRELOAD) for kind in KINDS}
        found = await self._found(rows_now, _PRELOAD)
        for ref in touched:
            found.phones.setdefault(ref, ())  # it is gone
        return found

    async def _found(self, rows: Mapping[EntityKind, list[Row]], ask: Ask) -> Found:
        leads = await self._search.leads_of([row for some in rows.values() for row in some], ask)
        by_id = {str(row["id"]): row for row in leads}
        found = Found()
        for kind, some in rows.items():
            for row in some:
                mine = [by_id[id] for id in linked(row, EntityKind.DEAL) if id in by_id]
                self._add(found, kind, row, mine)
        return found

    def _add(self, found: Found, kind: EntityKind, row: Row, leads: list[Row]) -> None:
        ref = EntityRef(kind, str(row["id"]))
        phones = self._phones(row)
        if not self._is_caller(kind, row, leads):
            found.phones[ref] = phones
            found.matches[ref] = self._match(ref, row, leads)
            return
        found.phones[ref] = ()
        for each in leads:
            lead = EntityRef(EntityKind.LEAD, str(each["id"]))
            found.phones[lead] = phones if is_open(each) else ()
            found.matches[lead] = self._match(lead, each, [])

    def _is_caller(self, kind: EntityKind, row: Row, leads: Iterable[Row]) -> bool:
        """Whether this contact only stands for a stranger's request."""
        tagged = kind is EntityKind.CONTACT and self._settings.lead.caller_tag in tags(row)
        return tagged and not any(str(lead["status_id"]) == WON for lead in leads)

    def _match(self, ref: EntityRef, row: Row, leads: Iterable[Row]) -> Match:
        company = linked(row, EntityKind.COMPANY) if ref.kind is not EntityKind.COMPANY else []
        return Match(
            entity=ref,
            name=row["name"],
            owner=reference(row["responsible_user_id"]),
            company=next(iter(company), None),
            open_deals=tuple(deal(each, self._settings) for each in leads if is_open(each)),
        )

    def _phones(self, row: Row) -> tuple[str, ...]:
        known = (number(raw, self._settings.region) for raw in values(row, "PHONE"))
        return tuple(dict.fromkeys(each for each in known if each is not None))


def _place(page: str | None) -> tuple[EntityKind, int]:
    kind, _, number = (page or f"{KINDS[0].value}:1").partition(":")
    if kind not in [each.value for each in KINDS] or not number.isdecimal():
        raise refused(f"{page!r} is no page of this account; begin anew")
    return EntityKind(kind), int(number)


def _following(kind: EntityKind) -> str | None:
    """The first page of the next kind; None after the last."""
    rest = KINDS[KINDS.index(kind) + 1 :]
    return f"{rest[0].value}:1" if rest else None
