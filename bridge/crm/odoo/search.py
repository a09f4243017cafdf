"""A search of the port as a domain of Odoo, its answer verified here.

Numbers are stored as people write them. `phone_sanitized` (E.164) holds the first number of a
record only, so the digits in their order, with anything between them, are looked for as well; what
comes back is compared again in E.164, and by name without case and without ё.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import phonenumbers

from bridge.crm.asked import asked_by
from bridge.crm.names import piece, searchable
from bridge.crm.odoo.client import READ, Ask, Client
from bridge.crm.odoo.dictionaries import LEAD, LOST, MODELS, PARTNER, Dictionary
from bridge.crm.odoo.entities import (
    Row,
    columns,
    company,
    contact,
    deal,
    lead,
    numbers,
    reference,
)
from bridge.crm.phones import number, several
from bridge.domain.entities import Company, Contact, Deal, EntityKind, Lead
from bridge.domain.ports import Search

Domain = list[Any]

# What each kind is among the rows of its model. People of the company itself are no clients; who is
# archived is gone.
_CLIENT: Final[Domain] = [["partner_share", "=", True], ["active", "=", True]]
KINDS: Final[Mapping[EntityKind, Domain]] = {
    EntityKind.CONTACT: [["is_company", "=", False], *_CLIENT],
    EntityKind.COMPANY: [["is_company", "=", True], *_CLIENT],
    EntityKind.LEAD: [["type", "=", "lead"]],
    EntityKind.DEAL: [["type", "=", "opportunity"]],
}
IN_WORK: Final[Domain] = [
    ["active", "=", True],
    "|",
    ["stage_id", "=", False],
    ["stage_id.is_won", "=", False],
]
_ANSWERS: Final[Mapping[EntityKind, tuple[str, ...]]] = {
    EntityKind.CONTACT: ("id", "name", "phone", "email", "company"),
    EntityKind.COMPANY: ("id", "name", "phone", "email", "inn", "requisite"),
    EntityKind.LEAD: ("id", "name", "phone", "email", "contact", "company", "open_only"),
    EntityKind.DEAL: ("id", "name", "phone", "contact", "company", "stage", "open_only"),
}
_EMAIL: Final = {PARTNER: "email", LEAD: "email_from"}
_MOST: Final = 500


class Searcher:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary) -> None:
        self._client = client
        self._lists = lists
        self._settings = client.settings

    async def contacts(self, query: Search) -> list[Contact]:
        rows = await self.rows(EntityKind.CONTACT, query)
        return [contact(row, self._settings) for row in rows]

    async def companies(self, query: Search) -> list[Company]:
        rows = await self.rows(EntityKind.COMPANY, query)
        deals = await self._under([str(row["id"]) for row in rows]) if rows else {}
        return [company(row, self._settings, deals.get(str(row["id"]), ())) for row in rows]

    async def leads(self, query: Search) -> list[Lead]:
        rows = await self.rows(EntityKind.LEAD, query)
        if not rows:
            return []
        partners, won, tag = await asyncio.gather(
            self.customers(rows), self.won(rows), self._lists.known_repeat_tag()
        )
        return [lead(row, partners, self._settings, won=_won(row, won), tag=tag) for row in rows]

    async def deals(self, query: Search) -> list[Deal]:
        return await self.as_deals(await self.rows(EntityKind.DEAL, query))

    async def deals_of(self, kind: EntityKind, query: Search) -> list[Deal]:
        """The deals of the contacts or companies that are asked for; a company's people's too."""
        owners = await self.rows(kind, replace(query, open_only=False))
        if not owners:
            return []
        reach = "child_of" if kind is EntityKind.COMPANY else "in"
        domain = [["partner_id", reach, [row["id"] for row in owners]]]
        if query.open_only:
            domain += IN_WORK
        return await self.as_deals(await self.read(EntityKind.DEAL, domain))

    async def rows(self, kind: EntityKind, query: Search, ask: Ask = READ) -> list[Row]:
        """The rows that answer to everything asked, the newest first."""
        asked = asked_by(kind, query, _ANSWERS)
        domain = await self._domain(kind, asked)
        if domain is None:
            return []
        return self._verified(kind, query, await self.read(kind, domain, ask))

    async def read(
        self,
        kind: EntityKind,
        domain: Domain,
        ask: Ask = READ,
        *,
        among: Domain | None = None,
        **also: Any,
    ) -> list[Row]:
        """Rows of one kind (or of its model, `among` those) with all that its reader needs."""
        model = MODELS[kind]
        wanted = columns(model, await self._lists.fields(model), self._settings)
        within = KINDS[kind] if among is None else among
        ordered = {"order": "id desc", "limit": _MOST, **also}
        return [*await self._client.rows(model, [*within, *domain], wanted, ask, **ordered)]

    async def storing(self, model: str, phone: str) -> Domain:
        """Who may store this number (E.164)."""
        known = await self._lists.fields(model)
        digits = "%".join(phonenumbers.national_significant_number(phonenumbers.parse(phone)))
        leaves: Domain = [
            [name, "=like", f"%{digits}%"] for name in await self._lists.phones(model)
        ]
        if "phone_sanitized" in known:
            leaves.append(["phone_sanitized", "=", phone])
        return either(leaves)

    async def customers(self, rows: Iterable[Row], ask: Ask = READ) -> dict[str, Row]:
        """The customers of these leads and deals, by id."""
        wanted = {id for row in rows if (id := reference(row["partner_id"]))}
        if not wanted:
            return {}
        found = await self._client.rows(
            PARTNER,
            [["id", "in", [int(id) for id in sorted(wanted)]]],
            ["is_company", "parent_id", "commercial_partner_id"],
            ask,
        )
        return {str(row["id"]): row for row in found}

    async def won(self, rows: Sequence[Row], ask: Ask = READ) -> set[str]:
        """The stages among those of `rows` that mean won."""
        if not rows:
            return set()
        found = await self._client.ids("crm.stage", [["is_won", "=", True]], ask)
        return {str(id) for id in found}

    async def as_deals(self, rows: Sequence[Row], ask: Ask = READ) -> list[Deal]:
        partners, won = await asyncio.gather(self.customers(rows, ask), self.won(rows, ask))
        return [deal(row, partners, won=_won(row, won)) for row in rows]

    async def _under(self, companies: list[str]) -> dict[str, list[Deal]]:
        """The deals of these companies and of their people."""
        domain = [["partner_id", "child_of", [int(id) for id in companies]]]
        rows = await self.read(EntityKind.DEAL, domain)
        partners = await self.customers(rows)
        deals: dict[str, list[Deal]] = {}
        for row, made in zip(rows, await self.as_deals(rows), strict=True):
            for owner in owners(row, partners):
                deals.setdefault(owner, []).append(made)
        return deals

    async def _domain(self, kind: EntityKind, asked: Mapping[str, Any]) -> Domain | None:
        """None when something is asked for that nothing here can have."""
        leaves = _plain(kind, asked)
        if leaves is None:
            return None
        if "phone" in asked:
            phone = number(asked["phone"], self._settings.region)
            if phone is None:
                return None
            leaves += await self.storing(MODELS[kind], phone)
        if "inn" in asked:
            inn = asked["inn"].strip()
            leaves.append(["vat", "in", [inn, f"{self._settings.region}{inn}"]])
        if "requisite" in asked:
            wanted = asked["requisite"].strip()
            fields = self._settings.requisites.values()
            leaves += either([[name, "=", wanted] for name in fields]) or [["id", "=", 0]]
        return leaves

    def _verified(self, kind: EntityKind, query: Search, rows: list[Row]) -> list[Row]:
        if query.phone is not None:
            wanted = number(query.phone, self._settings.region)
            rows = [row for row in rows if wanted in self.phones(row)]
        if query.name is not None:
            name = searchable(query.name)
            rows = [row for row in rows if name in searchable(row["name"])]
        if query.email is not None:
            email, field = query.email.strip().casefold(), _EMAIL[MODELS[kind]]
            rows = [row for row in rows if email in several(row[field].casefold())]
        return rows

    def phones(self, row: Row) -> tuple[str, ...]:
        """The numbers of a row in E.164."""
        known = (number(raw, self._settings.region) for raw in numbers(row))
        return tuple(dict.fromkeys(filter(None, known)))


def owners(row: Row, customers: Mapping[str, Row]) -> set[str]:
    """Whose a lead or deal is: its customer's, and the company's above."""
    customer = reference(row["partner_id"])
    known = customers.get(customer or "")
    above = reference(known["commercial_partner_id"]) if known else None
    return {id for id in (customer, above) if id}


def either(leaves: Domain) -> Domain:
    """Any of these."""
    return ["|"] * (len(leaves) - 1) + leaves


def _won(row: Row, won: set[str]) -> bool:
    return reference(row["stage_id"]) in won


def _of(kind: EntityKind, word: str, id: int) -> list[Any]:
    """A contact belongs to its company; a lead or deal to it, or to one of its people."""
    if word == "company":
        above = kind is EntityKind.CONTACT
        return ["parent_id", "=", id] if above else ["partner_id", "child_of", [id]]
    return ["id" if word == "id" else "partner_id", "=", id]


def _in_stage(stage: str) -> Domain:
    if stage == LOST:
        return [["active", "=", False]]
    return [["stage_id", "=", int(stage) if stage.isdecimal() else 0], ["active", "=", True]]


def _plain(kind: EntityKind, asked: Mapping[str, Any]) -> Domain | None:
    """What needs neither settings nor Odoo's own word for a field."""
    leaves: Domain = []
    for word in ("id", "contact", "company"):
        if word not in asked:
            continue
        if not str(asked[word]).isdecimal():
            return None
        leaves.append(_of(kind, word, int(asked[word])))
    if asked.get("name"):
        leaves.append(["name", "ilike", piece(asked["name"])])
    if "email" in asked:
        leaves.append([_EMAIL[MODELS[kind]], "ilike", asked["email"].strip()])
    if "stage" in asked:
        leaves += _in_stage(asked["stage"])
    return leaves + (IN_WORK if "open_only" in asked else [])
