"""amoCRM behind the `Crm` and `CallRequester` Protocols: its parts, and what it has differently."""

from __future__ import annotations

import time
from collections.abc import Callable

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
from bridge.crm.assembled import Assembled
from bridge.crm.keys import Keys
from bridge.crm.live import ShowsCards, TakesClicks
from bridge.crm.trouble import read
from bridge.domain.ports import Probe


class AmoCrm(Assembled, ShowsCards, TakesClicks):
    """One account. `now` is unix seconds; the first call opens the connection."""

    _lists: Dictionary
    _people: People

    def __init__(self, settings: AmoCrmSettings, now: Callable[[], float] = time.time) -> None:
        self.name = settings.name
        self.settings = settings
        self.origins = frozenset({settings.account})  # whose pages post to us
        self._client = client = Client(settings, now)
        self._keys = keys = Keys()
        self._lists = lists = Dictionary(client)
        self._search = search = Searcher(client, lists)
        self._index = index = Index(client, lists, search)
        self._people = people = People(client, search, keys)
        fields, notes = Fields(settings, lists), Notes(client)
        self._writer = writer = Writer(client, lists, fields, keys)
        self._leads = leads = Leads(client, lists, search, fields, writer, keys)
        self._calls = calls = Calls(client, search, notes, keys)
        self._recordings = Recordings(settings, calls, notes, keys)
        self._cards = Live(client)
        self._clicks = Clicks(client, index, people)
        self._finder = Finder(settings, keys, writer, leads, people)

    # Safety
    async def find(self, key: str) -> str | None:
        return await read(self._finder.find(key))

    async def probe(self) -> Probe:
        return await read(probe(self.settings, self._lists, self._people))

    async def close(self) -> None:
        await self._client.close()
