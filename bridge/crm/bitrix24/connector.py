"""Bitrix24 behind the `Crm` and `CallRequester` Protocols: its parts, and what it has beside."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping

from bridge.crm.assembled import Assembled
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
from bridge.domain.commands import CreateTask, Outcome
from bridge.domain.entities import EntityRef
from bridge.domain.ports import Announced, LiveCall, Probe
from bridge.domain.record import CallRecord
from bridge.domain.transcription import Lines


class Bitrix24(Assembled):
    """One portal. `now` is unix seconds; the first call opens the connection."""

    _calls: Calls
    _people: People

    def __init__(self, settings: Bitrix24Settings, now: Callable[[], float] = time.time) -> None:
        self.name = settings.name
        self.settings = settings
        self._client = client = Client(settings, now)
        self._keys = keys = Keys()
        self._lists = lists = Dictionary(client)
        self._search = Searcher(client)
        self._changing = Changing()
        self._index = Index(client, self._changing.gone)
        self._people = People(client)
        self._writer = self._leads = Writer(client, lists, keys)
        self._calls = Calls(client, self._people, keys)
        self._recordings = Recordings(client, self._calls, keys)
        self._transcriptions = Transcriptions(client, self._calls, keys)
        self._ratings = Ratings(client, self._calls, keys)
        self._clicks = Clicks(client, self._calls, self._people, self._changing, now)

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

    async def attach_transcription(self, call: str, lines: Lines, key: str) -> Outcome:
        return await write(self._transcriptions.attach(call, lines, key))

    async def rate_call(self, call: str, rating: int, key: str) -> Outcome:
        return await write(self._ratings.rate(call, rating, key))

    # Routing
    async def changed(self, since: str) -> None:
        """By an event at our address."""
        await self._changing.told()

    # People and work
    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        return await write(self._create_task(task, entity, key))

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
