"""Odoo behind the `Crm` and `CallRequester` Protocols: its parts, and what it has differently."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from bridge.crm.assembled import Assembled
from bridge.crm.keys import Keys
from bridge.crm.live import TakesClicks
from bridge.crm.odoo import finding
from bridge.crm.odoo.calls import Calls
from bridge.crm.odoo.clicks import Clicks
from bridge.crm.odoo.client import Client
from bridge.crm.odoo.dictionaries import Dictionary
from bridge.crm.odoo.index import Index
from bridge.crm.odoo.people import People
from bridge.crm.odoo.probe import probe
from bridge.crm.odoo.recordings import Recordings
from bridge.crm.odoo.search import Searcher
from bridge.crm.odoo.settings import OdooSettings
from bridge.crm.odoo.writing import Writer
from bridge.crm.partial import Partial
from bridge.crm.trouble import read
from bridge.domain.ports import EVERYTHING, Capability, Probe

# Cards need a module of somebody's in Odoo: it has no door for them.
CAPABILITIES: Final = EVERYTHING - {Capability.LIVE, Capability.RATINGS}


class Odoo(Assembled, TakesClicks, Partial):
    """One database. `now` is unix seconds; the first call opens the connection."""

    _lists: Dictionary
    _people: People
    _calls: Calls

    def __init__(self, settings: OdooSettings, now: Callable[[], float] = time.time) -> None:
        self.name = settings.name
        self.settings = settings
        self._client = client = Client(settings, now)
        self._keys = keys = Keys()
        self._lists = lists = Dictionary(client)
        self._search = search = Searcher(client, lists)
        self._index = Index(client, lists, search)
        self._people = people = People(client, lists, keys)
        self._writer = self._leads = Writer(client, lists, people, keys)
        self._calls = calls = Calls(client, lists, people, keys)
        self._recordings = Recordings(client, calls, keys)
        self._clicks = Clicks(client, lists, people)

    # Safety
    async def find(self, key: str) -> str | None:
        return await read(finding.find(self._client, self._calls, self._keys, key))

    async def probe(self) -> Probe:
        return await read(probe(self._client, self._lists, self._people, CAPABILITIES))

    async def close(self) -> None:
        await self._client.close()
