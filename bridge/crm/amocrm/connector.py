"""amoCRM behind the `Crm` and `CallRequester` Protocols: each method is one line."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

from bridge.crm.amocrm.calls import Calls
from bridge.crm.amocrm.clicks import Clicks
from bridge.crm.amocrm.client import Client
from bridge.crm.amocrm.dictionaries import Dictionary
from bridge.crm.amocrm.fields import Fields
from bridge.crm.amocrm.finding import Finder
from bridge.crm.amocrm.index import Index
from bridge.crm.amocrm.leads import Leads
from bridge.crm.amocrm.live import Live
from bridge.crm.amocrm.notes import Notes
from bridge.crm.amocrm.people import People
from bridge.crm.amocrm.probe import probe
from bridge.crm.amocrm.recordings import Recordings
from bridge.crm.amocrm.search import Searcher
from bridge.crm.amocrm.settings import AmoCrmSettings
from bridge.crm.amocrm.writing import Writer
from bridge.crm.keys import Keys
from bridge.crm.trouble import Trouble, read, write
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.commands import CreateLead, CreateTask, Outcome, Verdict
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

_CONTACT: Final = EntityKind.CONTACT
_COMPANY: Final = EntityKind.COMPANY


class AmoCrm:
    """One account. `now` is unix seconds; the first call opens the connection."""

    def __init__(self, settings: AmoCrmSettings, now: Callable[[], float] = time.time) -> None:
        self.name = settings.name
        self.settings = settings
        self.origins = frozenset({settings.account})  # whose pages post to us
        self._client = client = Client(settings, now)
        self._keys = keys = Keys()
        self._lists = lists = Dictionary(client)
        self._search = search = Searcher(client, lists)
        self._index = Index(client, lists, search)
        self._people = People(client, search, keys)
        fields = Fields(settings, lists)
        self._writer = Writer(client, lists, fields, keys)
        self._leads = Leads(client, lists, search, fields, self._writer, keys)
        notes = Notes(client)
        self._calls = Calls(client, search, notes, keys)
        self._recordings = Recordings(settings, self._calls, notes, keys)
        self._live = Live(client)
        self._clicks = Clicks(client, self._index, self._people)
        self._finder = Finder(settings, keys, self._writer, self._leads, self._people)

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
        return await write(self._calls.log(record, user, entities, key))

    async def attach_recording(
        self, call: str, recording: Recording, file: Path | str, key: str
    ) -> Outcome:
        return await write(self._recordings.attach(call, recording.id, file, key))

    async def attach_call(self, call: str, entity: EntityRef, key: str) -> Outcome:
        return await write(self._calls.attach(call, entity))

    async def dictionaries(self) -> Dictionaries:
        return await read(self._lists.shown())

    # Leads
    async def find_leads(self, query: Search) -> list[Lead]:
        return await read(self._search.leads(query))

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        return await write(self._leads.create(lead, key))

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

    # People and work
    async def users(self) -> list[User]:
        return await read(self._people.users())

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        return await write(self._people.create_task(task, entity, key))

    async def notify(self, user: str, text: str) -> Outcome:
        return await write(self._people.notify(user, text))

    # Live
    async def announce(self, call: LiveCall, key: str) -> Outcome:
        return await write(self._live.announce(call))

    async def show(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await write(self._live.show(handle, users))

    async def hide(self, handle: str, users: tuple[str, ...]) -> Outcome:
        try:
            return Outcome(verdict=Verdict.ACCEPTED, result=self._live.hide(handle))
        except Trouble as error:
            return error.outcome()

    # People ask for calls
    async def requests(self) -> AsyncIterator[CallRequest]:
        async for request in self._clicks.requests():
            yield request

    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]:
        return await self._clicks.hooked(headers, body)

    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> Outcome:
        return await write(self._clicks.unfulfilled(request, why))

    # Safety
    async def find(self, key: str) -> str | None:
        return await read(self._finder.find(key))

    async def probe(self) -> Probe:
        return await read(probe(self.settings, self._lists, self._people))

    async def close(self) -> None:
        await self._client.close()
