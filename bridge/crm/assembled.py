"""A connector that is put together of parts: each method of the port is one of a part's, and what
its Trouble becomes there is said once. What a CRM has beside, or differently, its connector says.

Every method of a part takes what the port's takes, raises Trouble and nothing else; a write gives
the id of what it made.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final, Protocol

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
from bridge.domain.ports import Announced, PhoneChange, PhonePage, Search
from bridge.domain.record import CallRecord, Recording

_CONTACT: Final = EntityKind.CONTACT
_COMPANY: Final = EntityKind.COMPANY


class Searches(Protocol):
    async def contacts(self, query: Search) -> list[Contact]: ...
    async def companies(self, query: Search) -> list[Company]: ...
    async def leads(self, query: Search) -> list[Lead]: ...
    async def deals(self, query: Search) -> list[Deal]: ...
    async def deals_of(self, kind: EntityKind, query: Search) -> list[Deal]: ...


class Writes(Protocol):
    async def create(self, kind: EntityKind, fields: Mapping[str, str], key: str) -> str: ...
    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> str: ...
    async def update(self, kind: EntityKind, id: str, fields: Mapping[str, str]) -> str: ...


class MakesLeads(Protocol):
    async def create_lead(self, lead: CreateLead, key: str) -> str: ...


class Entities:
    """Contacts, companies, deals and leads: found, made and changed."""

    _search: Searches
    _writer: Writes
    _leads: MakesLeads

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

    # Leads
    async def find_leads(self, query: Search) -> list[Lead]:
        return await read(self._search.leads(query))

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        return await write(self._leads.create_lead(lead, key))

    async def update_lead(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await write(self._writer.update(EntityKind.LEAD, id, fields))


class Logs(Protocol):
    async def log(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None,
    ) -> str | Outcome: ...
    async def attach(self, call: str, entity: EntityRef, key: str) -> str: ...


class Records(Protocol):
    async def attach(self, call: str, recording: str, file: Path | str, key: str) -> str: ...


class Lists(Protocol):
    async def dictionaries(self) -> Dictionaries: ...


class Indexes(Protocol):
    async def lookup(self, phone: str) -> list[Match]: ...
    async def phones(self, page: str | None) -> PhonePage: ...
    def changes(self, since: str) -> AsyncIterator[PhoneChange]: ...


class Staff(Protocol):
    async def users(self) -> list[User]: ...
    async def deal_users(self, id: str) -> list[User]: ...
    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> str: ...
    async def notify(self, user: str, text: str) -> str: ...


class Assembled(Entities):
    """The whole of the port but live cards, clicks, `find`, `probe` and `close`."""

    _calls: Logs
    _recordings: Records
    _lists: Lists
    _index: Indexes
    _people: Staff

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

    async def attach_call(self, call: str, entity: EntityRef, key: str) -> Outcome:
        return await write(self._calls.attach(call, entity, key))

    async def dictionaries(self) -> Dictionaries:
        return await read(self._lists.dictionaries())

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

    async def deal_users(self, id: str) -> list[User]:
        return await read(self._people.deal_users(id))

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        return await write(self._people.create_task(task, entity, key))

    async def notify(self, user: str, text: str) -> Outcome:
        return await write(self._people.notify(user, text))
