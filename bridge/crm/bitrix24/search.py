"""A search of the port as few questions to the portal, each answer verified here.

The portal compares telephone numbers digit by digit and names by its own rules; what comes back
is compared again in E.164, and by name without case and without ё.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bridge.crm.asked import asked_by
from bridge.crm.bitrix24.client import READ, Ask, Client, Command
from bridge.crm.bitrix24.entities import (
    READERS,
    REQUISITES,
    TYPE_IDS,
    Entity,
    Row,
    company,
    deal,
    values,
)
from bridge.crm.names import piece, searchable
from bridge.crm.phones import forms, number
from bridge.crm.php import as_list, as_map
from bridge.domain.entities import Company, Contact, Deal, EntityKind, Lead
from bridge.domain.ports import Search

DEALS, SHARED = "deals", "shared"
_ITEM: Final = {
    "id": "ID",
    "title": "TITLE",
    "categoryId": "CATEGORY_ID",
    "stageId": "STAGE_ID",
    "closed": "CLOSED",
    "assignedById": "ASSIGNED_BY_ID",
    "contactId": "CONTACT_ID",
    "contactIds": "CONTACT_IDS",
    "companyId": "COMPANY_ID",
    "updatedTime": "DATE_MODIFY",
}
_REACHED: Final = ("phone", "email")
_SELECT: Final = {
    EntityKind.CONTACT: ["*", "UF_*", "PHONE", "EMAIL"],
    EntityKind.COMPANY: ["*", "UF_*", "PHONE", "EMAIL"],
    EntityKind.LEAD: ["*", "UF_*", "PHONE", "EMAIL"],
    EntityKind.DEAL: ["*", "UF_*"],
}
_OPEN: Final = {"STATUS_SEMANTIC_ID": "P"}
# What each kind answers to: the filter of the list, or None where more than a filter is needed.
_ANSWERS: Final[Mapping[EntityKind, Mapping[str, str | None]]] = {
    EntityKind.CONTACT: {
        "id": "@ID",
        "name": None,
        "phone": None,
        "email": None,
        "company": "COMPANY_ID",
    },
    EntityKind.COMPANY: {
        "id": "@ID",
        "name": None,
        "phone": None,
        "email": None,
        "inn": None,
        "requisite": None,
    },
    EntityKind.LEAD: {
        "id": "@ID",
        "name": None,
        "phone": None,
        "email": None,
        "contact": "CONTACT_ID",
        "company": "COMPANY_ID",
        "open_only": "STATUS_SEMANTIC_ID",
    },
    EntityKind.DEAL: {
        "id": "@ID",
        "name": None,
        "contact": "CONTACT_ID",
        "company": "COMPANY_ID",
        "stage": "STAGE_ID",
        "open_only": "CLOSED",
    },
}
_NAMES: Final = {
    EntityKind.CONTACT: ("NAME", "SECOND_NAME", "LAST_NAME"),
    EntityKind.COMPANY: ("TITLE",),
    EntityKind.LEAD: ("TITLE",),
    EntityKind.DEAL: ("TITLE",),
}


def listing(kind: EntityKind, filter: Mapping[str, Any], **also: Any) -> Command:
    """The list of one kind with all that its reader needs."""
    asked = {"filter": filter, "order": {"ID": "DESC"}, "select": _SELECT[kind], **also}
    return f"crm.{kind.value}.list", asked


def holders(kind: EntityKind, type: str, wanted: list[str]) -> Command:
    """Who stores one of these phones or e-mails (`type` PHONE, EMAIL)."""
    asked = {"type": type, "values": wanted, "entity_type": kind.value.upper()}
    return "crm.duplicate.findbycomm", asked


def ids_of(answer: Any) -> list[str]:
    """The ids in an answer of `holders`; nothing found is an empty list there."""
    return [str(id) for found in as_map(answer).values() for id in as_list(found)]


class Searcher:
    """Every method raises Trouble."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._settings = client.settings

    async def rows(self, kind: EntityKind, query: Search, ask: Ask = READ) -> list[Row]:
        """The rows that answer to everything asked, the newest first."""
        asked = asked_by(kind, query, _ANSWERS)
        filter = _filter(kind, asked)
        found = await self._ids(kind, asked, ask)
        if filter is None or found == []:
            return []
        if found is not None:
            filter["@ID"] = [id for id in found if id in filter.get("@ID", found)]
        return self._verified(kind, query, await self._listed(kind, filter, asked, ask))

    async def entities(self, kind: EntityKind, query: Search) -> list[Any]:
        """As entities; companies with their requisites and deals."""
        rows = await self.rows(kind, query)
        if kind is EntityKind.COMPANY and rows:
            return list(await self._companies(rows))
        made: list[Entity] = [READERS[kind](row, self._settings) for row in rows]
        return list(made)

    async def contacts(self, query: Search) -> list[Contact]:
        return await self.entities(EntityKind.CONTACT, query)

    async def companies(self, query: Search) -> list[Company]:
        return await self.entities(EntityKind.COMPANY, query)

    async def leads(self, query: Search) -> list[Lead]:
        return await self.entities(EntityKind.LEAD, query)

    async def deals(self, query: Search) -> list[Deal]:
        return await self.entities(EntityKind.DEAL, query)

    async def deals_of(self, kind: EntityKind, query: Search) -> list[Deal]:
        """The deals of the contacts or companies that are asked for."""
        owners = await self.rows(kind, replace(query, open_only=False))
        if not owners:
            return []
        closed = {"CLOSED": "N"} if query.open_only else {}
        commands = deals_of(kind, [str(row["ID"]) for row in owners], **closed)
        return await self.listed_deals(commands)

    async def listed_deals(self, commands: Mapping[str, Command]) -> list[Deal]:
        rows = deal_rows(await self._client.lists(commands, spared=SHARED))
        return [deal(row, self._settings) for row in rows]

    async def _companies(self, rows: list[Row]) -> list[Company]:
        ids = [str(row["ID"]) for row in rows]
        found = await self._client.lists(
            {"requisites": requisites(ids), **deals_of(EntityKind.COMPANY, ids)}
        )
        return [
            company(
                row,
                self._settings,
                [each for each in found["requisites"] if each["ENTITY_ID"] == row["ID"]],
                [each for each in found["deals"] if each["COMPANY_ID"] == row["ID"]],
            )
            for row in rows
        ]

    async def _ids(self, kind: EntityKind, asked: Mapping[str, Any], ask: Ask) -> list[str] | None:
        """The ids that phone, e-mail and requisites leave; None when none of them is asked for."""
        commands = self._finding(kind, asked)
        if commands is None:
            return []
        if not commands:
            return None
        answer = await self._client.batch(commands, ask)
        kinds: dict[str, set[str]] = {}
        for key in commands:
            kinds.setdefault(key.partition("_")[0], set()).update(_found(key, answer[key]))
        return sorted(set.intersection(*kinds.values()), key=int)

    def _finding(self, kind: EntityKind, asked: Mapping[str, Any]) -> dict[str, Command] | None:
        """None when a number is asked for that is none, so nobody can store it."""
        commands: dict[str, Command] = {}
        if "phone" in asked:
            phone = number(asked["phone"], self._settings.region)
            if phone is None:
                return None
            commands["phone"] = holders(kind, "PHONE", forms(phone, self._settings.region))
        if "email" in asked:
            commands["email"] = holders(kind, "EMAIL", [asked["email"].strip()])
        if "inn" in asked:
            commands["inn"] = requisites(RQ_INN=asked["inn"].strip())
        if "requisite" in asked:
            wanted = asked["requisite"].strip()
            for word, name in REQUISITES.items():
                commands[f"requisite_{word}"] = requisites(**{name: wanted})
        return commands

    async def _listed(
        self, kind: EntityKind, filter: dict[str, Any], asked: Mapping[str, Any], ask: Ask
    ) -> list[Row]:
        commands = {"rows": listing(kind, filter)}
        if part := piece(asked.get("name", "")):
            names = _NAMES[kind]
            commands = {name: listing(kind, {**filter, f"%{name}": part}) for name in names}
        found = await self._client.lists(commands, ask)
        unique = {str(row["ID"]): row for rows in found.values() for row in rows}
        return sorted(unique.values(), key=lambda row: -int(row["ID"]))

    def _verified(self, kind: EntityKind, query: Search, rows: list[Row]) -> list[Row]:
        region = self._settings.region
        if query.phone is not None:
            wanted = number(query.phone, region)
            rows = [
                row
                for row in rows
                if wanted in (number(raw, region) for raw in values(row.get("PHONE")))
            ]
        if query.name is not None:
            name = searchable(query.name)
            rows = [row for row in rows if name in searchable(_name(kind, row))]
        return rows


def requisites(companies: list[str] | None = None, **numbers: str) -> Command:
    """The requisites of companies: those of these ids, or with these numbers."""
    filter: dict[str, Any] = {"ENTITY_TYPE_ID": TYPE_IDS[EntityKind.COMPANY], **numbers}
    if companies is not None:
        filter["@ENTITY_ID"] = companies
    select = ["ID", "ENTITY_ID", "NAME", *REQUISITES.values()]
    return "crm.requisite.list", {"filter": filter, "select": select}


def deals_of(kind: EntityKind, ids: list[str], **also: str) -> dict[str, Command]:
    """The deals of these contacts or companies. The older method knows a deal's first contact
    only, so the newer one is asked too; whether it filters by contacts is up to the portal."""
    first = {DEALS: listing(EntityKind.DEAL, {f"@{kind.name}_ID": ids, **also})}
    if kind is not EntityKind.CONTACT:
        return first
    filter: dict[str, Any] = {"contactIds": [int(id) for id in ids]}
    filter |= {"closed": also["CLOSED"]} if "CLOSED" in also else {}
    asked = {"entityTypeId": TYPE_IDS[EntityKind.DEAL], "filter": filter}
    return {**first, SHARED: ("crm.item.list", asked)}


def deal_rows(found: Mapping[str, list[Any]]) -> list[Row]:
    """What `deals_of` brought, each deal once; CONTACT_IDS where it is known."""
    shared = [_legacy(item) for item in found.get(SHARED, [])]
    unique = {str(row["ID"]): row for row in [*found.get(DEALS, []), *shared]}
    return sorted(unique.values(), key=lambda row: -int(row["ID"]))


def clients_of(row: Row, kind: EntityKind) -> list[str]:
    """The contacts or the company of a deal."""
    several = as_list(row.get("CONTACT_IDS")) if kind is EntityKind.CONTACT else []
    return [str(id) for id in (row.get(f"{kind.name}_ID"), *several) if id]


def _legacy(item: Row) -> Row:
    """A deal of `crm.item.*` under the older names."""
    return {name: item.get(new) for new, name in _ITEM.items()}


def _filter(kind: EntityKind, asked: Mapping[str, Any]) -> dict[str, Any] | None:
    """None when an id is asked for that can be none of the portal's."""
    filter: dict[str, Any] = {}
    for word, name in _ANSWERS[kind].items():
        if name is None or word not in asked:
            continue
        if word in ("id", "contact", "company") and not str(asked[word]).isdecimal():
            return None
        filter[name] = asked[word]
    if "open_only" in asked:
        filter |= {"CLOSED": "N"} if kind is EntityKind.DEAL else _OPEN
    if "id" in asked:
        filter["@ID"] = [asked["id"]]
    return filter


def _found(key: str, answer: Any) -> list[str]:
    if key in _REACHED:
        return ids_of(answer)
    return [str(row["ENTITY_ID"]) for row in as_list(answer)]


def _name(kind: EntityKind, row: Row) -> str:
    return " ".join(str(row.get(each) or "") for each in _NAMES[kind])
