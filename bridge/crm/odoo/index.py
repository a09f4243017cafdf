"""Who is it that calls: the records that store a number, all of them, and what changed since.

Odoo keeps no list of what changed: rows written since a moment are read, and compared with what was
handed out before. `write_date` is when a transaction began, so what was in progress is read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Set
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from bridge.crm.limiter import Priority
from bridge.crm.odoo.client import QUIET, Ask, Client
from bridge.crm.odoo.dictionaries import LEAD, MODELS, PARTNER, Dictionary
from bridge.crm.odoo.entities import Row, deal, kind_of, reference, title
from bridge.crm.odoo.search import IN_WORK, KINDS, Domain, Searcher, either, owners
from bridge.crm.phones import number
from bridge.crm.telling import Found, Telling
from bridge.crm.trouble import refused
from bridge.domain.entities import Deal, EntityKind, EntityRef, Match
from bridge.domain.ports import PhoneChange, PhonePage

_PAGE: Final = 500
_IN_PROGRESS: Final = 60.0  # seconds that a transaction may take
_ROUTE: Final = Ask(priority=Priority.ROUTE)
# Contacts, then companies, then leads. An opportunity of no customer counts as a lead.
_ORDER: Final = (EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD)
_SHARED: Final[Domain] = [["partner_share", "=", True]]
_AS_LEADS: Final[Domain] = ["|", ["type", "=", "lead"], ["partner_id", "=", False]]
_CLIENTS: Final[Mapping[str, Domain]] = {PARTNER: _SHARED, LEAD: _AS_LEADS}


class Index:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary, search: Searcher) -> None:
        self._client = client
        self._lists = lists
        self._search = search
        self._settings = client.settings
        self._telling = Telling()

    async def lookup(self, phone: str, ask: Ask = _ROUTE) -> list[Match]:
        wanted = number(phone, self._settings.region)
        if wanted is None:
            return []
        partner, lead = [await self._search.storing(each, wanted) for each in (PARTNER, LEAD)]
        partners, leads = await asyncio.gather(
            self._rows(PARTNER, partner, ask), self._rows(LEAD, [*lead, *IN_WORK], ask)
        )
        found = await self._matched(partners, leads, ask)
        storing = [ref for ref, phones in found.phones.items() if wanted in phones]
        storing.sort(key=lambda ref: (_ORDER.index(ref.kind), int(ref.id)))
        return [found.matches[ref] for ref in storing]

    async def phones(self, page: str | None) -> PhonePage:
        """A page is named `model:last id`. Raises Trouble for another name."""
        model, after = _place(page)
        since = self._stamp()
        held: Domain = either([[name, "!=", False] for name in await self._lists.phones(model)])
        domain = [["id", ">", after], *held, *(IN_WORK if model == LEAD else [])]
        rows = await self._rows(model, domain, QUIET, order="id", limit=_PAGE)
        found = await self._matched(*((rows, []) if model == PARTNER else ([], rows)), QUIET)
        self._telling.tell(found)
        further = f"{LEAD}:0" if model == PARTNER else None
        last = f"{model}:{rows[-1]['id']}" if len(rows) == _PAGE else further
        return PhonePage(phones=found.pairs(), next=last, since=since)

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        try:
            moment = datetime.fromisoformat(since)
        except ValueError:
            raise refused(f"{since!r} is no moment; start from that of `phones`") from None
        cursor = self._stamp()
        now = await self._changed(moment.strftime("%Y-%m-%d %H:%M:%S"))
        lookup = partial(self.lookup, ask=QUIET)
        async for change in self._telling.changes(now, lookup, since, cursor):
            yield change

    async def _changed(self, since: str) -> Found:
        """What was written since then, and the customers of deals that were."""
        leaf = ["write_date", ">=", since]
        leads, deals = await asyncio.gather(
            self._rows(LEAD, [leaf], QUIET, limit=None),
            self._client.rows(
                LEAD,
                [*KINDS[EntityKind.DEAL], leaf, ["partner_id", "!=", False]],
                ["partner_id"],
                QUIET,
            ),
        )
        customers = await self._search.customers(deals, QUIET)
        ids = {int(id) for id in customers}
        ids |= {
            int(id)
            for each in customers.values()
            if (id := reference(each["commercial_partner_id"]))
        }
        domain = ["|", leaf, ["id", "in", sorted(ids)]]
        partners = await self._rows(PARTNER, domain, QUIET, limit=None)
        won = await self._search.won(leads, QUIET)
        return await self._matched(partners, leads, QUIET, won)

    async def _rows(self, model: str, domain: Domain, ask: Ask, **also: Any) -> list[Row]:
        """Rows of clients of this model, of whatever kind."""
        kind = EntityKind.LEAD if model == LEAD else EntityKind.CONTACT
        return await self._search.read(kind, domain, ask, among=_CLIENTS[model], **also)

    async def _matched(
        self, partners: list[Row], leads: list[Row], ask: Ask, won: Set[str] = frozenset()
    ) -> Found:
        """These rows with the open deals of their customers. `won`: stages that mean it."""
        found = Found()
        deals = await self._open_deals(partners, ask)
        for row in partners:
            ref = EntityRef(kind_of(row), str(row["id"]))
            found.phones[ref] = self._search.phones(row) if row["active"] else ()
            found.matches[ref] = Match(
                entity=ref,
                name=row["name"],
                owner=reference(row["user_id"]),
                company=reference(row["parent_id"]),
                open_deals=tuple(deals.get(ref.id, ())),
            )
        for row in leads:
            ref = EntityRef(EntityKind.LEAD, str(row["id"]))
            closed = not row["active"] or reference(row["stage_id"]) in won
            found.phones[ref] = () if closed else self._search.phones(row)
            found.matches[ref] = Match(entity=ref, name=title(row), owner=reference(row["user_id"]))
        return found

    async def _open_deals(self, partners: list[Row], ask: Ask) -> dict[str, list[Deal]]:
        """The open deals of each customer; a company has those of its people, too."""
        if not partners:
            return {}
        ids = [row["id"] for row in partners]
        domain = [["partner_id", "child_of", ids], *IN_WORK]
        rows = await self._search.read(EntityKind.DEAL, domain, ask)
        customers = await self._search.customers(rows, ask)
        deals: dict[str, list[Deal]] = {}
        for row in rows:
            for owner in owners(row, customers):
                deals.setdefault(owner, []).append(deal(row, customers, won=False))
        return deals

    def _stamp(self) -> str:
        at = datetime.fromtimestamp(self._client.time() - _IN_PROGRESS, UTC)
        return at.isoformat(timespec="seconds")


def _place(page: str | None) -> tuple[str, int]:
    model, _, after = (page or f"{PARTNER}:0").partition(":")
    if model not in MODELS.values() or not after.isdecimal():
        raise refused(f"{page!r} is no page of this Odoo; begin anew")
    return model, int(after)
