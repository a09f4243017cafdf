"""Bitrix24 behind the `Crm` and `CallRequester` Protocols: its parts, and what it has beside."""

from __future__ import annotations

import time
from collections.abc import Callable

from bridge.crm.assembled import Assembled
from bridge.crm.bitrix24 import finding
from bridge.crm.bitrix24.calls import Calls
from bridge.crm.bitrix24.cards import Cards
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
from bridge.crm.live import ShowsCards, TakesClicks
from bridge.crm.trouble import read, write
from bridge.domain.call_requests import CallRequest
from bridge.domain.commands import Outcome
from bridge.domain.ports import Probe
from bridge.domain.transcription import Lines


class Bitrix24(Assembled, ShowsCards, TakesClicks):
    """One portal. `now` is unix seconds; the first call opens the connection."""

    _calls: Calls
    _people: People
    _clicks: Clicks

    def __init__(self, settings: Bitrix24Settings, now: Callable[[], float] = time.time) -> None:
        self.name = settings.name
        self.settings = settings
        self._client = client = Client(settings, now)
        self._keys = keys = Keys()
        self._lists = lists = Dictionary(client)
        self._search = Searcher(client)
        self._changing = Changing()
        self._index = Index(client, self._changing.gone)
        self._people = People(client, keys)
        self._writer = self._leads = Writer(client, lists, keys)
        self._cards = cards = Cards(client, self._people)
        self._calls = Calls(client, self._people, cards, keys)
        self._recordings = Recordings(client, self._calls, keys)
        self._transcriptions = Transcriptions(client, self._calls, keys)
        self._ratings = Ratings(client, self._calls, keys)
        self._clicks = Clicks(client, cards, self._people, self._changing, now)

    # Calls
    async def attach_transcription(self, call: str, lines: Lines, key: str) -> Outcome:
        return await write(self._transcriptions.attach(call, lines, key))

    async def rate_call(self, call: str, rating: int, key: str) -> Outcome:
        return await write(self._ratings.rate(call, rating, key))

    # Routing
    async def changed(self, since: str) -> None:
        """By an event at our address."""
        await self._changing.told()

    # People ask for calls
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
