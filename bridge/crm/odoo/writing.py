"""Create and update contacts, companies, leads and deals, each once under its key."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.crm.keys import Keys
from bridge.crm.odoo.client import Client
from bridge.crm.odoo.dictionaries import MODELS, PARTNER, Dictionary
from bridge.crm.odoo.entities import numbers
from bridge.crm.odoo.fields import Fields
from bridge.crm.odoo.loading import change, make
from bridge.crm.odoo.people import People
from bridge.crm.phones import number, several
from bridge.crm.trouble import Trouble, refused
from bridge.crm.words import lead_words
from bridge.domain.commands import CreateLead
from bridge.domain.entities import EntityKind


class Writer:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary, people: People, keys: Keys) -> None:
        self._client = client
        self._lists = lists
        self._people = people
        self._keys = keys
        self._fields = Fields(client.settings, lists)

    async def create(self, kind: EntityKind, fields: Mapping[str, str], key: str) -> str:
        company = "1" if kind is EntityKind.COMPANY else "0"
        return await self._create(kind, fields, key, {"is_company": company})

    async def create_lead(self, lead: CreateLead, key: str) -> str:
        """A repeat request has its tag."""
        fields = lead_words(lead) | lead.fields
        also = {"type": "lead"}
        if lead.repeat:
            also["tag_ids/.id"] = await self._lists.repeat_tag()
        return await self._create(EntityKind.LEAD, await self._spared(fields), key, also)

    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> str:
        pipeline, stage = await self._lists.placed(pipeline, fields.get("stage"))
        placed = {**fields, "stage": stage, "pipeline": pipeline}
        id = await self._create(EntityKind.DEAL, placed, key, {"type": "opportunity"})
        await self._complete(id, fields)
        return id

    async def update(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> str:
        """Only the named fields change."""
        await self._fields.check(kind, fields)
        if not id.isdecimal():
            raise refused(f"there is no {kind.value} {id!r}")
        columns = await self._fields.columns(kind, fields)
        if columns:
            await change(self._client, MODELS[kind], id, columns)
        if kind is EntityKind.DEAL:
            await self._complete(id, fields)
        return id

    async def _create(
        self, kind: EntityKind, fields: Mapping[str, str], key: str, also: Mapping[str, str]
    ) -> str:
        async with self._keys.one_at_a_time(key):
            await self._fields.check(kind, fields)
            columns = {**await self._fields.columns(kind, fields), **also}
            return await make(self._client, MODELS[kind], columns, key)

    async def _spared(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        """A lead takes its customer's number, and a number of its own would take the place of the
        customer's: one that the customer has is left out, another one becomes a comment."""
        client, phone = fields.get("contact") or fields.get("company"), fields.get("phone")
        if not client or not client.isdecimal() or not phone:
            return fields
        places = list(await self._lists.phones(PARTNER))
        rows = await self._client.rows(PARTNER, [["id", "=", int(client)]], places)
        stored = numbers(rows[0]) if rows else []
        if not stored:
            return fields
        region = self._client.settings.region
        kept = {word: value for word, value in fields.items() if word != "phone"}
        if number(phone, region) not in (number(raw, region) for raw in stored):
            kept["comment"] = "\n".join(filter(None, (fields.get("comment"), phone)))
        return kept

    async def _complete(self, id: str, fields: Mapping[str, str]) -> None:
        """The users of a deal; safe to repeat, so never unclear."""
        if "users" not in fields:
            return
        try:
            await self._people.follow(id, several(fields["users"]))
        except Trouble as error:
            raise error.later() from error
