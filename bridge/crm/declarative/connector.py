"""A described CRM behind the `Crm` Protocol: each method is one line, those of entities shared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from bridge.crm.assembled import Entities
from bridge.crm.declarative.abilities import abilities
from bridge.crm.declarative.calls import Calls
from bridge.crm.declarative.client import Ask, Client
from bridge.crm.declarative.index import Index
from bridge.crm.declarative.lists import Lists
from bridge.crm.declarative.people import People
from bridge.crm.declarative.recordings import Recordings
from bridge.crm.declarative.required import Required
from bridge.crm.declarative.rows import Reader
from bridge.crm.declarative.search import Searcher
from bridge.crm.declarative.settings import DeclarativeSettings
from bridge.crm.declarative.writing import Writer
from bridge.crm.trouble import Trouble, read, write
from bridge.domain.commands import CreateTask, Outcome
from bridge.domain.entities import Dictionaries, EntityRef, Match, User
from bridge.domain.ports import Announced, LiveCall, PhoneChange, PhonePage, Probe
from bridge.domain.record import CallRecord, Recording

_NOBODYS: Final = "+70000000000"  # a number that is given to nobody


class DeclarativeCrm(Entities):
    """One CRM by its description. The first call opens the connection."""

    _search: Searcher
    _writer: Writer

    def __init__(self, settings: DeclarativeSettings) -> None:
        self.name = settings.name
        self.settings = settings
        self.capabilities = abilities(settings.description)
        self.client = Client(settings)
        client, region = self.client, settings.region
        reader = Reader(client.facts, region)
        self._lists = lists = Lists(client, reader)
        self._search = search = Searcher(client, reader, region)
        self._writer = self._leads = writer = Writer(client, reader, lists, region)
        required = Required(client, search, lists)
        self._calls = Calls(client, required, writer)
        self._recordings = Recordings(client, required, writer)
        self._index = Index(client, reader, search, region)
        self._people = People(client, search, lists, required, writer)

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
            await read(self._people.users())
        else:
            await read(self._index.lookup(_NOBODYS))
        return Probe(capabilities=self.capabilities)

    async def close(self) -> None:
        await self.client.close()
