"""Bitrix24 behind the `Crm` and `CallRequester` Protocols: each method is one line."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

from bridge.crm.bitrix24 import finding
from bridge.crm.bitrix24.calls import Calls
from bridge.crm.bitrix24.changing import Changing
from bridge.crm.bitrix24.clicks import Clicks
from bridge.crm.bitrix24.client import Client
from bridge.crm.bitrix24.dictionaries import Dictionary
from bridge.crm.bitrix24.index import Index
from bridge.crm.bitrix24.people import People
from bridge.crm.bitrix24.probe import probe
from bridge.crm.bitrix24.ratings import Ratings
from bridge.crm.bitrix24.recordings import Recordings
from bridge.crm.bitrix24.search import Searcher
from bridge.crm.bitrix24.settings import Bitrix24Settings
from bridge.crm.bitrix24.transcriptions import Transcriptions
from bridge.crm.bitrix24.writing import Writer
from bridge.crm.keys import Keys
from bridge.crm.trouble import Trouble, read, write
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.commands import CreateLead, CreateTask, Outcome
from bridge.domain.entities import (
    Company,
    Contact,
    Deal,
    Dictionaries,
    EntityKind,
    EntityRef,
    Lead,
    Match,
    User,
)
from bridge.domain.ports import Announced, LiveCall, PhoneChange, PhonePage, Probe, Search
from bridge.domain.record import CallRecord, Recording
from bridge.domain.transcription import Lines

_CONTACT: Final = EntityKind.CONTACT
_COMPANY: Final = EntityKind.COMPANY


class Bitrix24:
    """One portal. `now` is unix seconds; the first call opens the connection."""

    def __init__(self, settings: Bitrix24Settings, now: Callable[[], float] = time.time) -> None:
        self.name = settings.name
        self.settings = settings
        self._client = Client(settings, now)
        self._keys = Keys()
        self._lists = Dictionary(self._client)
        self._search = Searcher(self._client)
        self._changing = Changing()
        self._index = Index(self._client, self._changing.gone)
        self._people = People(self._client)
        self._writer = Writer(self._client, self._lists, self._keys)
        self._calls = Calls(self._client, self._people, self._keys)
        self._recordings = Recordings(self._client, self._calls, self._keys)
        self._transcriptions = Transcriptions(self._client, self._calls, self._keys)
        self._ratings = Ratings(self._client, self._calls, self._keys)
        self._clicks = Clicks(self._client, self._calls, self._people, self._changing, now)

    # Contacts
    async def find_contacts(self, query: Search) -> list[Contact]:
        return await read(self._search.contacts(query))

    async def create_contact(self, fields: Mapping[str, str], key: str) -> Outcome:
        return await write(self._writer.create(_CONTACT, fields, key))

    async def update_contact(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await write(self._writer.update(_CONTACT, id, fields))

    async def contact_deals(self, query: Search) -> list[Deal]:
        return await read(self._search.deals_of(_CONTACT, query))

    # Companies
    async def find_companies(self, query: Search) -> list[Company]:
        return await read(self._search.companies(query))

    async def create_company(self, fields: Mapping[str, str], key: str) -> Outcome:
        return await write(self._writer.create(_COMPANY, fields, key))

    async def update_company(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await write(self._writer.update(_COMPANY, id, fields))

    async def company_deals(self, query: Search) -> list[Deal]:
        return await read(self._search.deals_of(_COMPANY, query))

    # Deals
    async def find_deals(self, query: Search) -> list[Deal]:
        return await read(self._search.deals(query))

    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> Outcome:
        return await write(self._writer.create_deal(fields, pipeline, key))

    async def update_deal(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await write(self._writer.update(EntityKind.DEAL, id, fields))

    async def deal_users(self, id: str) -> list[User]:
        return await read(self._people.deal_users(id))

    # Calls
    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        return await write(self._calls.log(record, user, entities, key, announced))

    async def attach_recording(
        self, call: str, recording: Recording, file: Path | str, key: str
    ) -> Outcome:
        return await write(self._recordings.attach(call, recording.id, file, key))

    async def attach_transcription(self, call: str, lines: Lines, key: str) -> Outcome:
        return await write(self._transcriptions.attach(call, lines, key))

    async def rate_call(self, call: str, rating: int, key: str) -> Outcome:
        return await write(self._ratings.rate(call, rating, key))

    async def attach_call(self, call: str, entity: EntityRef, key: str) -> Outcome:
        return await write(self._calls.attach(call, entity))

    async def dictionaries(self) -> Dictionaries:
        return (await read(self._lists.lists())).shown

    # Leads
    async def find_leads(self, query: Search) -> list[Lead]:
        return await read(self._search.leads(query))

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        return await write(self._writer.create_lead(lead, key))

    async def update_lead(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await write(self._writer.update(EntityKind.LEAD, id, fields))

    # Routing
    async def lookup(self, phone: str) -> list[Match]:
        return await read(self._index.lookup(phone))

    async def phones(self, page: str | None) -> PhonePage:
        return await read(self._index.phones(page))

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        try:
            async for change in self._index.changes(since):
                yield change
        except Trouble as error:
            raise error.of_a_read() from error

    async def changed(self, since: str) -> None:
        """By an event at our address."""
        await self._changing.told()

    # People and work
    async def users(self) -> list[User]:
        return await read(self._people.users())

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        return await write(self._create_task(task, entity, key))

    async def notify(self, user: str, text: str) -> Outcome:
        return await write(self._people.notify(user, text))

    # Live
    async def announce(self, call: LiveCall, key: str) -> Outcome:
        return await write(self._calls.announce(call))

    async def show(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await write(self._calls.show(handle, users))

    async def hide(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await write(self._calls.hide(handle, users))

    # People ask for calls
    async def requests(self) -> AsyncIterator[CallRequest]:
        try:
            async for request in self._clicks.requests():
                yield request
        except Trouble as error:
            raise error.of_a_read() from error

    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]:
        return await read(self._clicks.hooked(body))

    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> Outcome:
        return await write(self._clicks.unfulfilled(request, why))

    def answering(self, request: CallRequest) -> None:
        self._clicks.answering(request)

    # Safety
    async def find(self, key: str) -> str | None:
        return await read(finding.find(self._client, self._keys, key))

    async def find_on(self, key: str, call: str) -> str | None:
        return await read(finding.find(self._client, self._keys, key, call))

    async def probe(self) -> Probe:
        return await read(probe(self._client, self._people))

    async def close(self) -> None:
        await self._client.close()

    async def _create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> str:
        async with self._keys.one_at_a_time(key):
            return await self._people.create_task(task, entity, key)
