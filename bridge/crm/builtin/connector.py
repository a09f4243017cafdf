"""The built-in CRM behind the `Crm` Protocol: each method is one piece of work in its file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bridge.crm.builtin import calls, index, people, reading
from bridge.crm.builtin.database import Database
from bridge.crm.builtin.for_people import ForPeople
from bridge.crm.builtin.settings import BuiltinSettings
from bridge.crm.builtin.transactions import Transactions, written
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
from bridge.domain.ports import (
    Announced,
    Capability,
    CrmRefused,
    LiveCall,
    PhoneChange,
    PhonePage,
    Probe,
    Search,
)
from bridge.domain.record import CallRecord, Recording

_GLANCE: Final = 0.5  # seconds between two looks at the feed
_LONGEST_ID: Final = 18  # digits: what SQLite counts


def _now() -> datetime:
    return datetime.now(UTC)


class BuiltinCrm(ForPeople):
    """The CRM that needs nothing but a file. Opens it at the first call."""

    def __init__(self, settings: BuiltinSettings, now: Callable[[], datetime] = _now) -> None:
        self.name = settings.name
        self.settings = settings
        self.database = Database(
            settings.file, settings.timeout, lambda c: people.apply_settings(c, settings)
        )
        self._file = Transactions(self.database, settings, now)

    # Contacts
    async def find_contacts(self, query: Search) -> list[Contact]:
        return await self._search(EntityKind.CONTACT, query)

    async def create_contact(self, fields: Mapping[str, str], key: str) -> Outcome:
        return await self._file.write(lambda w: w.create(EntityKind.CONTACT, fields), key)

    async def update_contact(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await self._file.write(lambda w: w.update(EntityKind.CONTACT, id, fields))

    async def contact_deals(self, query: Search) -> list[Deal]:
        return await self._deals_of(EntityKind.CONTACT, query)

    # Companies
    async def find_companies(self, query: Search) -> list[Company]:
        return await self._search(EntityKind.COMPANY, query)

    async def create_company(self, fields: Mapping[str, str], key: str) -> Outcome:
        return await self._file.write(lambda w: w.create(EntityKind.COMPANY, fields), key)

    async def update_company(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await self._file.write(lambda w: w.update(EntityKind.COMPANY, id, fields))

    async def company_deals(self, query: Search) -> list[Deal]:
        return await self._deals_of(EntityKind.COMPANY, query)

    # Deals
    async def find_deals(self, query: Search) -> list[Deal]:
        return await self._search(EntityKind.DEAL, query)

    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> Outcome:
        given = {**fields, "pipeline": pipeline}
        return await self._file.write(lambda w: w.create(EntityKind.DEAL, given), key)

    async def update_deal(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await self._file.write(lambda w: w.update(EntityKind.DEAL, id, fields))

    async def deal_users(self, id: str) -> list[User]:
        return await self._file.read(lambda c: people.deal_users(c, id))

    # Calls
    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        return await self._file.write(
            lambda w: calls.log_call(w.connection, record, user, entities, w.now), key
        )

    async def attach_recording(
        self, call: str, recording: Recording, file: Path | str, key: str
    ) -> Outcome:
        return await self._file.write(
            lambda w: calls.attach_recording(w.connection, call, recording, file, w.now), key
        )

    async def rate_call(self, call: str, rating: int, key: str) -> Outcome:
        return await self._file.write(lambda w: calls.rate_call(w.connection, call, rating), key)

    async def attach_call(self, call: str, entity: EntityRef, key: str) -> Outcome:
        return await self._file.write(lambda w: calls.attach_call(w.connection, call, entity), key)

    async def dictionaries(self) -> Dictionaries:
        return await self._file.read(people.dictionaries)

    # Leads
    async def find_leads(self, query: Search) -> list[Lead]:
        return await self._search(EntityKind.LEAD, query)

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        return await self._file.write(lambda w: w.create_lead(lead), key)

    async def update_lead(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return await self._file.write(lambda w: w.update(EntityKind.LEAD, id, fields))

    # Routing
    async def lookup(self, phone: str) -> list[Match]:
        return await self._file.read(lambda c: index.lookup(c, phone, self.settings.region))

    async def phones(self, page: str | None) -> PhonePage:
        return await self._file.read(lambda c: index.phones(c, page))

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        if not since.isdecimal() or len(since) > _LONGEST_ID:
            raise CrmRefused(f"{since!r} is no place in the feed; start from that of `phones`")
        place = int(since)
        while found := await self._file.read(lambda c: index.changes(c, place)):  # noqa: B023
            for each in found:
                yield each
            place = int(found[-1].cursor)

    async def changed(self, since: str) -> None:
        """Other programs write to the file too, and tell nobody: a glance costs next to nothing."""
        while str(await self._file.read(index.newest)) == since:  # noqa: ASYNC110
            await asyncio.sleep(_GLANCE)

    # People and work
    async def users(self) -> list[User]:
        return await self._file.read(people.users)

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        custom = self.settings.fields
        return await self._file.write(
            lambda w: people.create_task(w.connection, task, entity, custom, w.now), key
        )

    async def notify(self, user: str, text: str) -> Outcome:
        return await self._file.write(lambda w: people.notify(w.connection, user, text, w.now))

    # Live
    async def announce(self, call: LiveCall, key: str) -> Outcome:
        return await self._file.write(lambda w: calls.announce(w.connection, call, w.now), key)

    async def show(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await self._file.write(lambda w: calls.show(w.connection, handle, users))

    async def hide(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await self._file.write(lambda w: calls.hide(w.connection, handle, users))

    # Safety
    async def find(self, key: str) -> str | None:
        return await self._file.read(lambda c: written(c, key))

    async def probe(self) -> Probe:
        await self._file.read(people.dictionaries)
        return Probe(capabilities=frozenset(Capability) - {Capability.CLICK})

    async def close(self) -> None:
        self.database.close()

    async def _search(self, kind: EntityKind, query: Search) -> list[Any]:
        return await self._file.read(lambda c: reading.search(c, kind, query, self.settings.region))

    async def _deals_of(self, kind: EntityKind, query: Search) -> list[Deal]:
        found = await self._search(kind, replace(query, open_only=False))
        ids = [int(each.id) for each in found]
        return await self._file.read(
            lambda c: reading.deals(c, kind, ids, open_only=query.open_only)
        )
