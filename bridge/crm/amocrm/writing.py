"""Create and update contacts, companies, leads and deals, each once under its key.

The account knows no idempotency keys. A mark of the key stands in a field of the account's own,
where the settings name one: it is looked for before each add, one write of a key at a time. What
follows an add (links) and every change may be repeated at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bridge.crm.amocrm.client import Client
from bridge.crm.amocrm.dictionaries import LOST, Dictionary
from bridge.crm.amocrm.entities import PLURAL, own
from bridge.crm.amocrm.fields import MULTI, Fields
from bridge.crm.amocrm.shapes import ROWS
from bridge.crm.keys import Keys, mark
from bridge.crm.shapes import Row
from bridge.crm.trouble import Trouble, refused
from bridge.crm.words import flag
from bridge.domain.entities import EntityKind

_PARENTS: Final = (EntityKind.CONTACT, EntityKind.COMPANY)
_PLACE: Final = "pipeline"


class Writer:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary, fields: Fields, keys: Keys) -> None:
        self._client = client
        self._lists = lists
        self._fields = fields
        self._keys = keys

    async def create(self, kind: EntityKind, fields: Mapping[str, str], key: str) -> str:
        """The id of the new entity, or of the one that was made under this key before."""
        async with self._keys.one_at_a_time(key):
            id = self._keys.made(key) or await self.made_under(kind, key)
            if id is None:
                id = await self._add(kind, fields, key)
            await self._belong(kind, id, fields)
            self._keys.remember(key, id)
            return id

    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> str:
        pipeline, stage = await self._lists.placed(pipeline, fields.get("stage"))
        return await self.create(EntityKind.DEAL, {**fields, "stage": stage, _PLACE: pipeline}, key)

    async def update(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> str:
        """Only the named fields change; several phones take the place of all earlier ones."""
        if not id.isdecimal():
            raise refused(f"there is no {kind.value} {id!r}")
        several = MULTI.keys() & fields.keys()
        where = f"{PLURAL[kind]}/{id}"
        stored = await self._client.get(where, ROWS[PLURAL[kind]]) if several else None
        body = await self._fields.body(kind, fields, stored)
        body |= await self._place(kind, fields)
        try:
            if body:
                await self._client.write("PATCH", where, body)
            await self._link(kind, id, fields)
        except Trouble as error:
            raise error.later() from error
        return id

    async def made_under(self, kind: EntityKind, key: str, *, thorough: bool = False) -> str | None:
        """The id of what carries the mark of this key; None too where nothing can carry it.
        `thorough`: by the account's filters too, for its search may not know what is new."""
        wanted = mark(key)[1:]
        for field in self._fields.key(kind, wanted):
            id = str(field["field_id"])
            ways: list[Row] = [{"query": wanted}]
            if thorough and await self._lists.filters():
                ways.append({"filter": {"custom_fields_values": {id: [wanted]}}})
            for way in ways:
                for row in await self._client.rows(PLURAL[kind], PLURAL[kind], way):
                    if own(row).get(id) == wanted:
                        return str(row["id"])
        return None

    async def body(self, kind: EntityKind, fields: Mapping[str, str], key: str) -> Row:
        """A new entity with its place and the mark of its key."""
        body = {**await self._fields.body(kind, fields), **await self._place(kind, fields)}
        custom = [*body.get("custom_fields_values", []), *self._fields.key(kind, mark(key)[1:])]
        return {**body, **({"custom_fields_values": custom} if custom else {})}

    async def _add(self, kind: EntityKind, fields: Mapping[str, str], key: str) -> str:
        given = {word: value for word, value in fields.items() if value != ""}
        body = await self.body(kind, given, key)
        if kind is not EntityKind.CONTACT:
            body |= _parents(given)
        name = PLURAL[kind]
        return str((await self._client.made(name, name, body))["id"])

    async def _place(self, kind: EntityKind, fields: Mapping[str, str]) -> Row:
        """Where in which pipeline a lead stands."""
        if kind not in (EntityKind.LEAD, EntityKind.DEAL):
            return {}
        if "closed" in fields:
            if not flag(fields["closed"]):
                raise refused("name the `stage` that a lead is opened in again")
            return {"status_id": int(LOST)}
        stage = fields.get("stage")
        if not stage:
            return {"pipeline_id": int(fields[_PLACE])} if fields.get(_PLACE) else {}
        pipeline = fields.get(_PLACE) or await self._lists.pipeline_of(stage)
        return {"status_id": int(stage), **({"pipeline_id": int(pipeline)} if pipeline else {})}

    async def _belong(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> None:
        """What a new contact is linked with; safe to repeat, so never unclear."""
        if kind is not EntityKind.CONTACT:
            return
        try:
            await self._link(kind, id, fields)
        except Trouble as error:
            raise error.later() from error

    async def _link(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> None:
        """What a change belongs to from now on; a contact's company is never a part of it."""
        links = [
            {"to_entity_id": int(fields[parent.value]), "to_entity_type": PLURAL[parent]}
            for parent in _PARENTS
            if parent is not kind and fields.get(parent.value)
        ]
        if links:
            await self._client.write("POST", f"{PLURAL[kind]}/{id}/link", links)


def _parents(fields: Mapping[str, str]) -> Row:
    """The contact and the company that a lead belongs to."""
    named = {
        PLURAL[kind]: [{"id": int(fields[kind.value])}]
        for kind in _PARENTS
        if fields.get(kind.value)
    }
    return {"_embedded": named} if named else {}
