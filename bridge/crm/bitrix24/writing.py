"""Create and update contacts, companies, leads and deals, each once under its key.

The key stands in ORIGIN_ID, which is stored but not unique: it is looked for before each add, one
write of a key at a time. What follows an add (requisites, observers) may be repeated at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.crm.bitrix24.answers import made_id
from bridge.crm.bitrix24.client import WRITE, Client, Command
from bridge.crm.bitrix24.dictionaries import Dictionary
from bridge.crm.bitrix24.entities import REQUISITES, TYPE_IDS
from bridge.crm.bitrix24.fields import check, of_a_lead, plain
from bridge.crm.bitrix24.search import requisites
from bridge.crm.keys import Keys
from bridge.crm.phones import several
from bridge.crm.php import as_list, as_map
from bridge.crm.trouble import Trouble, refused
from bridge.crm.words import flag, lead_words
from bridge.domain.commands import CreateLead
from bridge.domain.entities import EntityKind

ORIGIN: Final = "asterisk-crm-bridge"
_PRESET: Final = 1  # an organisation, on Russian portals
_MULTI: Final = {"phone": "PHONE", "email": "EMAIL"}


class Writer:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary, keys: Keys) -> None:
        self._client = client
        self._lists = lists
        self._keys = keys

    async def create(self, kind: EntityKind, fields: Mapping[str, str], key: str) -> str:
        """The id of the new entity, or of the one that was made under this key before."""
        async with self._keys.one_at_a_time(key):
            id = await self.find(kind, key) or await self._add(kind, fields, key)
            await self._complete(kind, id, fields)
            return id

    async def create_lead(self, lead: CreateLead, key: str) -> str:
        """A repeat request is a lead with a contact or a company: the portal itself sets the flag
        by that, and no other way."""
        return await self.create(EntityKind.LEAD, {**lead_words(lead), **lead.fields}, key)

    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> str:
        pipeline, stage = await self._lists.placed(pipeline, fields.get("stage"))
        placed = {**fields, "stage": stage, "CATEGORY_ID": pipeline}
        return await self.create(EntityKind.DEAL, placed, key)

    async def update(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> str:
        """Only the named fields change; several phones take the place of all earlier ones."""
        await check(kind, fields, self._lists)
        if not id.isdecimal():
            raise refused(f"there is no {kind.value} {id!r}")
        if kind is EntityKind.DEAL and "stage" in fields:
            await self._lists.pipeline_of(fields["stage"])
        values = await self._values(kind, fields)
        values |= await self._replaced(kind, id, fields)
        if values:
            await self._client.call(f"crm.{kind.value}.update", {"id": id, "fields": values}, WRITE)
        await self._complete(kind, id, fields)
        return id

    async def find(self, kind: EntityKind, key: str) -> str | None:
        """The id of what was made under this key."""
        method, asked = made_under(kind, key)
        return first_id(await self._client.call(method, asked))

    async def _add(self, kind: EntityKind, fields: Mapping[str, str], key: str) -> str:
        await check(kind, fields, self._lists)
        values = await self._values(kind, fields)
        for word, name in _MULTI.items():
            if rows := [_row(value) for value in several(fields.get(word, ""))]:
                values[name] = rows
        values |= {"ORIGINATOR_ID": ORIGIN, "ORIGIN_ID": key}
        asked = {"fields": values, "params": {"REGISTER_SONET_EVENT": "Y"}}
        method = f"crm.{kind.value}.add"
        return made_id(method, await self._client.call(method, asked, WRITE))

    async def _values(self, kind: EntityKind, fields: Mapping[str, str]) -> dict[str, Any]:
        values = plain(kind, fields)
        if kind is EntityKind.LEAD:
            values = {**of_a_lead(fields, self._client.settings), **values}
            values |= await self._closing(fields)
        return values

    async def _closing(self, fields: Mapping[str, str]) -> dict[str, str]:
        """A lead is closed by the first stage that means lost, and opened by none."""
        if "closed" not in fields:
            return {}
        if not flag(fields["closed"]):
            raise refused("name the `stage` that a lead is opened in again")
        lost = (await self._lists.lists()).lost
        if not lost:
            raise refused("the portal has no lead stage that means lost; name the `stage` instead")
        return {"STATUS_ID": lost[0]}

    async def _replaced(
        self, kind: EntityKind, id: str, fields: Mapping[str, str]
    ) -> dict[str, Any]:
        """Phones and e-mails in place of those that are stored: an empty value deletes a row."""
        words = [word for word in _MULTI if word in fields]
        if not words:
            return {}
        stored = as_map(await self._client.call(f"crm.{kind.value}.get", {"ID": id}))
        values: dict[str, Any] = {}
        for word in words:
            wanted = several(fields[word])
            rows = as_list(stored.get(_MULTI[word]))
            gone = [row for row in rows if row.get("VALUE") not in wanted]
            kept = [row.get("VALUE") for row in rows]
            values[_MULTI[word]] = [
                *({"ID": row["ID"], "VALUE": ""} for row in gone),
                *(_row(value) for value in wanted if value not in kept),
            ]
        return values

    async def _complete(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> None:
        """What is written beside the entity itself; safe to repeat, so never unclear."""
        try:
            if numbers := {REQUISITES[word]: fields[word] for word in REQUISITES if word in fields}:
                await self._write_requisites(id, numbers, fields.get("name"))
            if kind is EntityKind.DEAL and "users" in fields:
                await self._write_observers(id, several(fields["users"]))
        except Trouble as error:
            raise error.later() from error

    async def _write_requisites(self, id: str, numbers: dict[str, str], name: str | None) -> None:
        method, asked = requisites([id])
        rows = as_list(await self._client.call(method, asked))
        if rows:
            change = {"id": rows[0]["ID"], "fields": numbers}
            await self._client.call("crm.requisite.update", change, WRITE)
            return
        owner = {"ENTITY_TYPE_ID": TYPE_IDS[EntityKind.COMPANY], "ENTITY_ID": id}
        fields = {**owner, "PRESET_ID": _PRESET, "NAME": name or "Requisites", **numbers}
        await self._client.call("crm.requisite.add", {"fields": fields}, WRITE)

    async def _write_observers(self, id: str, users: list[str]) -> None:
        if strange := [user for user in users if not user.isdecimal()]:
            raise refused(f"there is no user {strange[0]!r}: ids of the portal are numbers")
        asked = {
            "entityTypeId": TYPE_IDS[EntityKind.DEAL],
            "id": int(id),
            "fields": {"observers": [int(user) for user in users]},
        }
        await self._client.call("crm.item.update", asked, WRITE)


def made_under(kind: EntityKind, key: str) -> Command:
    filter = {"ORIGINATOR_ID": ORIGIN, "ORIGIN_ID": key}
    asked = {"filter": filter, "order": {"ID": "ASC"}, "select": ["ID"]}
    return f"crm.{kind.value}.list", asked


def first_id(rows: Any) -> str | None:
    found = as_list(rows)
    return str(found[0]["ID"]) if found else None


def _row(value: str) -> dict[str, str]:
    return {"VALUE": value, "VALUE_TYPE": "WORK"}
