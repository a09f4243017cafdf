"""A described CRM behind the `Crm` Protocol: each method is one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from bridge.crm.declarative.abilities import abilities
from bridge.crm.declarative.calls import Calls
from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.lists import Lists
from bridge.crm.declarative.rows import Reader
from bridge.crm.declarative.search import Searcher
from bridge.crm.declarative.settings import DeclarativeSettings
from bridge.crm.declarative.writing import Writer
from bridge.crm.trouble import Trouble, read, write
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

_CONTACT: Final = EntityKind.CONTACT
_COMPANY: Final = EntityKind.COMPANY
_NOBODYS: Final = "+70000000000"  # a number that is given to nobody


class DeclarativeCrm:
    """One CRM by its description. The first call opens the connection."""

    def __init__(self, settings: DeclarativeSettings) -> None:
        self.name = settings.name
        self.settings = settings
        self.capabilities = abilities(settings.description)
        self.client = Client(settings)
        reader = Reader(self.client.facts, settings.region)
        self._lists = Lists(self.client, reader)
        self._search = Searcher(self.client, reader, settings.region)
        self._writer = Writer(self.client, reader, self._lists, settings.region)
        self._calls = Calls(self.client, self._search, self._lists, self._writer)

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
        return await read(self._deal_users(id))

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
        return await write(self._calls.record(call, recording, file, key))

    async def attach_call(self, call: str, entity: EntityRef, key: str) -> Outcome:
        return await write(self._calls.attach(call, entity, key))

    async def dictionaries(self) -> Dictionaries:
        return await read(self._lists.dictionaries())

    # Leads
    async def find_leads(self, query: Search) -> list[Lead]:
        return await read(self._search.leads(query))

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        return await write(self._writer.create_lead(lead, key))

    async def update_lead(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await write(self._writer.update(EntityKind.LEAD, id, fields))

    # Routing
    async def lookup(self, phone: str) -> list[Match]:
        return await read(self._search.lookup(phone))

    async def phones(self, page: str | None) -> PhonePage:
        return await read(self._lists.phones(page))

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        try:
            async for change in self._lists.changes(since):
                yield change
        except Trouble as error:
            raise error.of_a_read() from error

    # People and work
    async def users(self) -> list[User]:
        return await read(self._lists.users())

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        return await write(self._calls.create_task(task, entity, key))

    async def notify(self, user: str, text: str) -> Outcome:
        return await write(self._calls.notify(user, text))

    # Live
    async def announce(self, call: LiveCall, key: str) -> Outcome:
        return await write(self._calls.announce(call, key))

    async def show(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await write(self._calls.show(handle, users))

    async def hide(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await write(self._calls.hide(handle, users))

    # Safety
    async def find(self, key: str) -> str | None:
        return await read(self._writer.find(key))

    async def probe(self) -> Probe:
        """Asks for the users where no request is described for it, or for nobody's number: a wrong
        login is seen."""
        described = self.settings.description
        if described.probe is not None:
            await read(self.client.send(described.probe, {}, Ask(name="probe")))
        elif described.users is not None:
            await read(self._lists.users())
        else:
            await read(self._search.lookup(_NOBODYS))
        return Probe(capabilities=self.capabilities)

    async def close(self) -> None:
        await self.client.close()

    async def _deal_users(self, id: str) -> list[User]:
        """Who is no user of the CRM any more is named by the id alone."""
        ids = await self._search.deal_users(id)
        known = {user.id: user for user in await self._lists.users()}
        return [known.get(each, User(id=each)) for each in ids]
