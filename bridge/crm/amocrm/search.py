"""A search of the port as few questions to the account, each answer verified here.

`query=` of the account searches every text it has: a number is asked for by its last ten digits,
and only who really stores it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from bridge.crm.amocrm.answers import NOT_FOUND
from bridge.crm.amocrm.client import LARGEST, READ, Ask, Client
from bridge.crm.amocrm.dictionaries import Dictionary
from bridge.crm.amocrm.entities import (
    PLURAL,
    REQUISITES,
    company,
    contact,
    deal,
    is_id,
    is_open,
    lead,
    linked,
    own,
    reference,
    values,
)
from bridge.crm.amocrm.shapes import ROWS
from bridge.crm.asked import asked_by
from bridge.crm.names import piece, searchable
from bridge.crm.phones import number
from bridge.crm.shapes import Row, maybe
from bridge.crm.trouble import Trouble, refused
from bridge.domain.entities import Company, Contact, Deal, EntityKind, Lead
from bridge.domain.ports import Search

_DIGITS: Final = 10  # of a number, whatever is written before them
_ALONE: Final = 10  # leads read one by one where lists cannot be filtered
_WITH: Final = {
    EntityKind.CONTACT: "leads,companies",
    EntityKind.COMPANY: "leads,contacts",
    EntityKind.LEAD: "contacts",
    EntityKind.DEAL: "contacts",
}
_LEADS: Final = {"id", "name", "phone", "email", "contact", "company", "stage", "open_only"}
_ANSWERS: Final[Mapping[EntityKind, set[str]]] = {
    EntityKind.CONTACT: {"id", "name", "phone", "email", "company"},
    EntityKind.COMPANY: {"id", "name", "phone", "email", "inn", "requisite"},
    EntityKind.LEAD: _LEADS,
    EntityKind.DEAL: _LEADS,
}
_OWNERS: Final = (EntityKind.CONTACT, EntityKind.COMPANY)


def digits(phone: str) -> str:
    """What is searched for: E.164 without what people write in front in different ways."""
    return "".join(filter(str.isdecimal, phone))[-_DIGITS:]


class Searcher:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary) -> None:
        self._client = client
        self._lists = lists
        self._settings = client.settings

    async def contacts(self, query: Search) -> list[Contact]:
        return [contact(row, self._settings) for row in await self.rows(EntityKind.CONTACT, query)]

    async def companies(self, query: Search) -> list[Company]:
        """With their deals."""
        rows = await self.rows(EntityKind.COMPANY, query)
        leads = await self.leads_of(rows)
        return [company(row, self._settings, _of(row, leads)) for row in rows]

    async def deals(self, query: Search) -> list[Deal]:
        return [deal(row, self._settings) for row in await self.rows(EntityKind.DEAL, query)]

    async def leads(self, query: Search) -> list[Lead]:
        """With the phones of their contacts: where a phone is asked for, of those who store it."""
        asked = asked_by(EntityKind.LEAD, query, _ANSWERS)
        if asked.keys() & {"phone", "email"} and not asked.keys() & {"id", "contact", "company"}:
            contacts = await self.rows(EntityKind.CONTACT, _reached(query))
            found = await self.leads_of(contacts)
            rows = [row for row in found if self._fits(EntityKind.LEAD, row, asked)]
        else:
            rows = await self.rows(EntityKind.LEAD, query)
            ids = [id for row in rows for id in linked(row, EntityKind.CONTACT)]
            contacts = await self.by_ids(EntityKind.CONTACT, ids)
        by_id = {str(row["id"]): row for row in contacts}
        return [lead(row, self._settings, by_id) for row in rows]

    async def deals_of(self, kind: EntityKind, query: Search) -> list[Deal]:
        """The deals of the contacts or companies that are asked for."""
        owners = await self.rows(kind, replace(query, open_only=False))
        rows = await self.leads_of(owners)
        return [deal(row, self._settings) for row in rows if not query.open_only or is_open(row)]

    async def rows(self, kind: EntityKind, query: Search, ask: Ask = READ) -> list[Row]:
        """The rows that answer to everything asked, the newest first."""
        asked = asked_by(kind, query, _ANSWERS)
        if "phone" in asked and number(asked["phone"], self._settings.region) is None:
            return []
        found = await self._candidates(kind, asked, ask)
        right = [row for row in found if not row["is_deleted"] and self._fits(kind, row, asked)]
        return sorted(right, key=lambda row: -row["id"])

    async def by_ids(self, kind: EntityKind, ids: Iterable[str], ask: Ask = READ) -> list[Row]:
        """Those of the ids that are there. Where lists cannot be filtered only the newest few."""
        wanted = sorted({id for id in ids if is_id(id)}, key=int, reverse=True)
        if not wanted:
            return []
        if not await self._lists.filters():
            alone = [await self.one(kind, id, ask) for id in wanted[:_ALONE]]
            return [row for row in alone if row is not None]
        rows: list[Row] = []
        for first in range(0, len(wanted), LARGEST):
            filter = {"id": wanted[first : first + LARGEST]}
            asked = {"with": _WITH[kind], "filter": filter}
            rows += (await self._client.page(PLURAL[kind], PLURAL[kind], asked, ask))[0]
        return [row for row in rows if str(row["id"]) in wanted and not row["is_deleted"]]

    async def one(self, kind: EntityKind, id: str, ask: Ask = READ) -> Row | None:
        """None where there is none."""
        if not is_id(id):
            return None
        try:
            asked = {"with": _WITH[kind]}
            shape = ROWS[PLURAL[kind]]
            row: Row | None = await self._client.get(
                f"{PLURAL[kind]}/{id}", maybe(shape), asked, ask
            )
        except Trouble as error:
            if error.code == NOT_FOUND:
                return None
            raise
        return row

    async def leads_of(self, rows: Iterable[Row], ask: Ask = READ) -> list[Row]:
        """The leads that these contacts or companies came with, the newest first."""
        ids = [id for row in rows for id in linked(row, EntityKind.DEAL)]
        leads = await self.by_ids(EntityKind.DEAL, ids, ask)
        return sorted(leads, key=lambda row: -row["id"])

    async def storing(self, kind: EntityKind, phone: str, ask: Ask = READ) -> list[Row]:
        """The contacts or companies that store E.164 `phone`."""
        return await self.rows(kind, Search(phone=phone), ask)

    async def _candidates(self, kind: EntityKind, asked: Mapping[str, Any], ask: Ask) -> list[Row]:
        if "id" in asked:
            row = await self.one(kind, asked["id"], ask)
            return [] if row is None else [row]
        for owner in _OWNERS:
            if owner.value in asked:
                return await self._belonging(kind, owner, asked[owner.value], ask)
        if kind not in _OWNERS and {"phone", "email"} & set(asked):
            query = _reached(Search(**asked))
            return await self.leads_of(await self.rows(EntityKind.CONTACT, query, ask), ask)
        return await self._listed(kind, asked, ask)

    async def _belonging(self, kind: EntityKind, owner: EntityKind, id: str, ask: Ask) -> list[Row]:
        """What belongs to this contact or company."""
        row = await self.one(owner, id, ask)
        return [] if row is None else await self.by_ids(kind, linked(row, kind), ask)

    async def _listed(self, kind: EntityKind, asked: Mapping[str, Any], ask: Ask) -> list[Row]:
        query: dict[str, Any] = {"with": _WITH[kind]}
        if text := _text(asked):
            query["query"] = text
        elif "stage" in asked:
            query["filter"] = {"statuses": await self._places(asked["stage"])}
        return await self._client.rows(PLURAL[kind], PLURAL[kind], query, ask)

    async def _places(self, stage: str) -> list[dict[str, str]]:
        """A status is asked for with its pipeline; the last ones are in each."""
        stages = (await self._lists.dictionaries()).stages
        return [
            {"pipeline_id": id, "status_id": stage}
            for id, known in stages.items()
            if stage in known
        ]

    def _fits(self, kind: EntityKind, row: Row, asked: Mapping[str, Any]) -> bool:
        checks: dict[str, Callable[[Any], bool]] = {
            "name": lambda wanted: searchable(wanted) in searchable(row["name"]),
            "stage": lambda wanted: reference(row["status_id"]) == wanted,
            "open_only": lambda _: is_open(row),
            "inn": lambda wanted: self._has(kind, row, ("inn",), wanted),
            "requisite": lambda wanted: self._has(kind, row, REQUISITES, wanted),
        }
        if kind in _OWNERS:
            checks["phone"] = lambda wanted: self._stores(row, wanted)
            checks["email"] = lambda wanted: (
                wanted.strip().casefold() in [each.casefold() for each in values(row, "EMAIL")]
            )
        return all(checks[word](value) for word, value in asked.items() if word in checks)

    def _stores(self, row: Row, phone: str) -> bool:
        region = self._settings.region
        wanted = number(phone, region)
        return wanted in (number(raw, region) for raw in values(row, "PHONE"))

    def _has(self, kind: EntityKind, row: Row, words: Iterable[str], wanted: str) -> bool:
        known = self._settings.fields.of(kind)
        fields = [str(known[word]) for word in words if word in known]
        if not fields:
            named = " or ".join(f"fields.{kind.value}.{word}" for word in words)
            raise refused(f"no field of the account holds that: name it under {named}")
        return wanted.strip() in [own(row).get(field) for field in fields]


def _reached(query: Search) -> Search:
    """Whom to look for among the contacts."""
    return Search(phone=query.phone, email=query.email)


def _of(row: Row, leads: Iterable[Row]) -> list[Row]:
    mine = linked(row, EntityKind.DEAL)
    return [each for each in leads if str(each["id"]) in mine]


def _text(asked: Mapping[str, Any]) -> str:
    """What the account is asked for; the most telling of it."""
    if "phone" in asked:
        return digits(asked["phone"])
    for word in ("email", "inn", "requisite"):
        if word in asked:
            return str(asked[word]).strip()
    return piece(asked["name"]) if "name" in asked else ""
