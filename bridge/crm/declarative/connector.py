"""A described CRM behind the `Crm` Protocol: each method is one line, those of entities shared."""

from __future__ import annotations

from typing import Final

from bridge.crm.assembled import Assembled
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
from bridge.crm.live import ShowsCards
from bridge.crm.trouble import read
from bridge.domain.ports import Probe

_NOBODYS: Final = "+70000000000"  # a number that is given to nobody


class DeclarativeCrm(Assembled, ShowsCards):
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
        self._calls = self._cards = Calls(client, required, writer)
        self._recordings = Recordings(client, required, writer)
        self._index = Index(client, reader, search, region)
        self._people = People(client, search, lists, required, writer)

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
