"""Calls: a message in the channel that lists them all, and a note on each record concerned.

Odoo has no model of calls. All messages of one call carry the same Message-Id, made of our call
id: by it they are found again. The message in the channel is written last, so a call that is listed
is on its records too; its id is the call's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from html import escape
from typing import Final

from bridge.crm.keys import Keys
from bridge.crm.odoo.client import Client
from bridge.crm.odoo.dictionaries import MODELS, Dictionary
from bridge.crm.odoo.entities import reference
from bridge.crm.odoo.loading import external, make
from bridge.crm.odoo.people import People
from bridge.crm.odoo.words import told
from bridge.crm.shapes import Row
from bridge.crm.trouble import refused
from bridge.domain.entities import EntityRef
from bridge.domain.ports import Announced
from bridge.domain.record import CallRecord

MESSAGE: Final = "mail.message"
_HOST: Final = "asterisk-crm-bridge"


@dataclass(frozen=True, slots=True)
class Note:
    """One message of a call: where it stands, and what is attached to it."""

    id: int
    model: str
    record: int
    attachments: tuple[int, ...]


class Calls:
    """Every method raises Trouble."""

    def __init__(self, client: Client, lists: Dictionary, people: People, keys: Keys) -> None:
        self._client = client
        self._lists = lists
        self._people = people
        self._keys = keys

    async def log(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None,
    ) -> str:
        """What an earlier attempt left is found and completed."""
        async with self._keys.one_at_a_time(record.call_id):
            author = await self._people.partner(await self._people.anyone(user))
            common = {
                "message_id": message_id(record.call_id),
                "message_type": "comment",
                "author_id/.id": author,
                "body": told(record, self._client.settings.calls.language),
            }
            if record.started_at:
                at = record.started_at.astimezone(UTC)
                common["date"] = at.strftime("%Y-%m-%d %H:%M:%S")
            for entity in entities:
                await self._note(common, MODELS[entity.kind], entity.id)
            call = await self._list(common, entities)
            self._keys.remember(key, call)
            return call

    async def attach(self, call: str, entity: EntityRef, key: str) -> str:
        """A note on one more record, with the recordings that the call has."""
        listed = await self._listed(call)
        common = {
            "message_id": listed["message_id"],
            "message_type": "comment",
            "author_id/.id": reference(listed["author_id"]) or "",
            "body": listed["body"],
            "date": listed["date"],
        }
        if listed["attachment_ids"]:
            common["attachment_ids/.id"] = ",".join(map(str, listed["attachment_ids"]))
        await self._note(common, MODELS[entity.kind], entity.id)
        return f"{call}/{entity.kind.value}/{entity.id}"

    async def notes(self, call: str) -> list[Note]:
        """Every message of a call, that of the channel first. Raises Trouble where it is none."""
        listed = await self._listed(call)
        rows = await self._client.rows(
            MESSAGE,
            [["message_id", "=", listed["message_id"]]],
            ["model", "res_id", "attachment_ids"],
            order="id",
        )
        found = [
            Note(row["id"], row["model"], row["res_id"] or 0, tuple(row["attachment_ids"]))
            for row in rows
        ]
        return sorted(found, key=lambda note: str(note.id) != call)

    async def found(self, call_id: str) -> str | None:
        """The call that is listed under our call id."""
        model = (await self._client.version()).channel
        domain = [["message_id", "=", message_id(call_id)], ["model", "=", model]]
        ids = await self._client.ids(MESSAGE, domain, limit=1)
        return str(ids[0]) if ids else None

    async def _listed(self, call: str) -> Row:
        fields = ["message_id", "body", "author_id", "date", "attachment_ids"]
        rows: list[Row] = []
        if call.isdecimal():
            domain = [["id", "=", int(call)]]
            rows = await self._client.rows(MESSAGE, domain, fields)
        if not rows or _HOST not in rows[0]["message_id"]:
            raise refused(f"Odoo lists no call {call}")
        return rows[0]

    async def _note(self, common: dict[str, str], model: str, record: str) -> str:
        columns = {
            **common,
            "model": model,
            "res_id": record,
            "subtype_id/id": "mail.mt_note",
            "is_internal": "1",
        }
        key = f"{common['message_id']} {model} {record}"
        return await make(self._client, MESSAGE, columns, key)

    async def _list(self, common: dict[str, str], entities: tuple[EntityRef, ...]) -> str:
        channel = await self._lists.channel()
        version = await self._client.version()
        columns = {
            **common,
            "body": common["body"] + "".join(self._link(each) for each in entities),
            "model": version.channel,
            "res_id": channel,
            "subtype_id/id": "mail.mt_comment",
        }
        if version.lists_channels:
            columns["channel_ids/.id"] = channel
        return await make(self._client, MESSAGE, columns, common["message_id"])

    def _link(self, entity: EntityRef) -> str:
        """Where people reach the record."""
        model = MODELS[entity.kind]
        address = f"{self._client.settings.url}/web#id={entity.id}&model={model}&view_type=form"
        return f'<p><a href="{escape(address)}">{entity.kind.value} {escape(entity.id)}</a></p>'


def message_id(call_id: str) -> str:
    return f"<{external(call_id)}@{_HOST}>"
