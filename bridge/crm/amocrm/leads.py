"""What a call of a stranger becomes: a lead with a contact that only stands for it, or a request
that waits to be accepted. A repeat request is a lead of the contact or company, with a tag."""

from __future__ import annotations

import re
from typing import Final

from bridge.crm.amocrm.client import Client, first
from bridge.crm.amocrm.dictionaries import Dictionary
from bridge.crm.amocrm.entities import DID_TAG, tags
from bridge.crm.amocrm.fields import Fields, multi
from bridge.crm.amocrm.search import Searcher
from bridge.crm.amocrm.shapes import COMPLEX
from bridge.crm.amocrm.writing import Writer
from bridge.crm.keys import Keys, call_and_command, mark
from bridge.crm.shapes import Row
from bridge.crm.trouble import refused
from bridge.domain.commands import CreateLead
from bridge.domain.entities import EntityKind

_COMPLEX: Final = "leads/complex"
_UNSORTED: Final = "leads/unsorted"
_RECENT: Final = 4  # pages of waiting requests that are looked through


class Leads:
    """Every method raises Trouble."""

    def __init__(
        self,
        client: Client,
        lists: Dictionary,
        search: Searcher,
        fields: Fields,
        writer: Writer,
        keys: Keys,
    ) -> None:
        self._client = client
        self._settings = client.settings
        self._lists = lists
        self._search = search
        self._fields = fields
        self._writer = writer
        self._keys = keys

    async def create_lead(self, lead: CreateLead, key: str) -> str:
        """The id of the lead, or of the one that was made under this key before."""
        async with self._keys.one_at_a_time(key):
            id = self._keys.made(key) or await self.made_under(key)
            if id is None:
                id = await self._make(lead, key)
            self._keys.remember(key, id)
            return id

    async def made_under(self, key: str, *, thorough: bool = False) -> str | None:
        found = await self._writer.made_under(EntityKind.LEAD, key, thorough=thorough)
        if found is None and self._settings.lead.way == "unsorted":
            return await self._waiting(key)
        return found

    async def _make(self, lead: CreateLead, key: str) -> str:
        stage = lead.stage
        if lead.pipeline is not None:
            _, stage = await self._lists.placed(lead.pipeline, stage)
        given = {
            "title": lead.title,
            "owner": lead.owner or "",
            "pipeline": lead.pipeline or "",
            "stage": stage or "",
            **self._did(lead),
            **lead.fields,
        }
        said = {word: value for word, value in given.items() if value}
        body = await self._writer.body(EntityKind.LEAD, said, key)
        named = [{"name": tag} for tag in self._tags(lead)]
        stranger = lead.contact is None and lead.company is None
        if stranger and lead.phone and self._settings.lead.way == "unsorted":
            return await self._wait(lead, body, named, key)
        embedded = {"tags": named, **await self._of(lead)}
        whole = [{**body, "_embedded": embedded}]
        made = await self._client.write("POST", _COMPLEX, whole, COMPLEX)
        return str(first(made, _COMPLEX)["id"])

    def _did(self, lead: CreateLead) -> dict[str, str]:
        """The dialled number where the settings name a field for it."""
        placed = lead.did and self._fields.names(EntityKind.LEAD, "did")
        return {"did": lead.did or ""} if placed else {}

    def _tags(self, lead: CreateLead) -> list[str]:
        repeat = [self._settings.lead.repeat_tag] if lead.repeat else []
        by_tag = lead.did and not self._fields.names(EntityKind.LEAD, "did")
        return [*repeat, *([f"{DID_TAG}{lead.did}"] if by_tag else [])]

    async def _of(self, lead: CreateLead) -> Row:
        """Whose it is: the contact and the company that are named, or the caller's contact."""
        made: Row = {}
        for word, id in (("contacts", lead.contact), ("companies", lead.company)):
            if id is not None:
                if not id.isdecimal():
                    raise refused(f"there is none of {word} with the id {id!r}")
                made[word] = [{"id": int(id)}]
        if not made and lead.phone:
            made["contacts"] = [await self._caller(lead, lead.phone)]
        return made

    async def _caller(self, lead: CreateLead, phone: str) -> Row:
        """The contact of an earlier request of this stranger, or a new one."""
        tag = self._settings.lead.caller_tag
        for row in await self._search.storing(EntityKind.CONTACT, phone):
            if tag in tags(row):
                return {"id": row["id"]}
        owner = {"responsible_user_id": int(lead.owner)} if lead.owner else {}
        named = {"_embedded": {"tags": [{"name": tag}]}}
        return {
            "first_name": phone,
            "custom_fields_values": [multi("PHONE", [phone])],
            **owner,
            **named,
        }

    async def _wait(self, lead: CreateLead, body: Row, named: list[Row], key: str) -> str:
        """A request that somebody accepts or declines; its call follows as a note."""
        owner = {"responsible_user_id": body["responsible_user_id"]} if lead.owner else {}
        phone = lead.phone or ""
        contact = {"first_name": phone, "custom_fields_values": [multi("PHONE", [phone])], **owner}
        place = body.pop("pipeline_id", None) or int(await self._lists.first_pipeline())
        body.pop("status_id", None)  # it is chosen by whoever accepts
        request: Row = {
            "source_name": lead.did or self._settings.source,
            "source_uid": self._source(key),
            "pipeline_id": place,
            "metadata": self._metadata(lead, key),
            "_embedded": {
                "leads": [{**body, "_embedded": {"tags": named}}],
                "contacts": [contact],
            },
        }
        return _lead_of(await self._client.made(f"{_UNSORTED}/sip", "unsorted", request))

    def _metadata(self, lead: CreateLead, key: str) -> Row:
        client, ours = lead.phone or "", lead.did or self._settings.source
        swap = self._settings.lead.swap
        return {
            "from": ours if swap else client,
            "phone": client if swap else ours,
            "called_at": int(self._client.now()),
            "duration": 0,
            "link": "",
            "service_code": re.sub(r"\W", "_", self._settings.source),
            "uniq": call_and_command(key)[0] or mark(key),
        }

    def _source(self, key: str) -> str:
        """The only label of a waiting request that its list shows."""
        return f"{self._settings.source}-{mark(key)[1:]}"

    async def _waiting(self, key: str) -> str | None:
        """The lead of a waiting request. Raises Trouble when there are too many to look through."""
        for number in range(1, _RECENT + 1):
            asked = {
                "filter": {"category": ["sip"]},
                "order": {"created_at": "desc"},
                "page": number,
            }
            rows, more = await self._client.page(_UNSORTED, "unsorted", asked)
            for row in rows:
                if row["source_uid"] == self._source(key):
                    return _lead_of(row)
            if not more:
                return None
        raise refused("too many requests wait to be accepted to find one among them")


def _lead_of(request: Row) -> str:
    """Raises Trouble where an answer names none: it was done all the same."""
    return str(first(request["_embedded"]["leads"], _UNSORTED)["id"])
