"""The store: one object that implements what the outbox, the tracker's owner and people need."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from bridge.domain.commands import Planned
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.outbox.entries import Attempt, Entry, Work
from bridge.outbox.ports import Leased, Left, Settled, StoreUnavailable
from bridge.outbox.states import EntryState
from bridge.storage import calls, desk, entries, migrations
from bridge.storage.engine import (
    Database,
    OnlyDaemon,
    StoreUnusable,
    open_database,
    sqlite_file,
    store_url,
)
from bridge.storage.writer import FOR_NOW, Writer, reason

T = TypeVar("T")


class Store:
    """Writes are grouped by one writer; reads have connections of their own and never wait for
    it. Every method raises StoreUnavailable when the database fails for now."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = Writer(database)

    async def close(self) -> None:
        """Commit what waits."""
        await self._writer.close()

    # calls and recordings

    async def finish(
        self, record: CallRecord, destinations: Iterable[str], *, now: datetime
    ) -> bool:
        """Store a finished call and one entry for each destination, in one transaction. The same
        or a lower revision changes nothing and returns False. Wake the lanes afterwards."""
        named = tuple(destinations)
        return await self._writer.write(lambda conn: calls.put(conn, record, named, now))

    async def call(self, call_id: str) -> CallRecord | None:
        return await self._read(lambda conn: calls.get(conn, call_id))

    async def calls(self, which: calls.Which) -> list[CallRecord]:
        return await self._read(lambda conn: calls.find(conn, which))

    async def change_recording(
        self, call_id: str, recording: Recording, *, now: datetime
    ) -> CallRecord | None:
        """A later fact about one recording (it is ready, missing …): raises the revision and,
        when it is ready, queues its own attachment. None when the call is not known."""
        return await self._writer.write(
            lambda conn: calls.change_recording(conn, call_id, recording, now)
        )

    async def recordings(
        self, state: RecordingState, *, limit: int = 1000
    ) -> list[tuple[str, Recording]]:
        """Call id and recording of those in this state, the oldest first."""
        return await self._read(lambda conn: calls.find_recordings(conn, state, limit))

    # the outbox (bridge.outbox.ports.Entries)

    async def reclaim(self, *, now: datetime | None = None) -> int:
        """Free leases that ran out by `now`; all of them when None, for a daemon that starts and
        has the store to itself. Returns how many."""
        return await self._writer.write(lambda conn: entries.reclaim(conn, now=now))

    async def lease(
        self, destination: str, worker: str, *, now: datetime, until: datetime, limit: int
    ) -> Leased:
        return await self._writer.write(
            lambda conn: entries.lease(conn, destination, worker, now, until, limit)
        )

    async def load(self, entry: Entry) -> Work:
        return await self._read(lambda conn: entries.load(conn, entry))

    async def store_plan(self, entry: Entry, planned: tuple[Planned, ...]) -> None:
        await self._writer.write(lambda conn: entries.store_plan(conn, entry, planned))

    async def sending(self, entry: Entry, key: str, *, now: datetime, until: datetime) -> None:
        await self._writer.write(lambda conn: entries.sending(conn, entry, key, now, until))

    async def settle(self, entry: Entry, attempt: Attempt, settled: Settled | None = None) -> None:
        await self._writer.write(lambda conn: entries.settle(conn, entry, attempt, settled))

    async def leave(self, entry: Entry, left: Left, *, now: datetime) -> None:
        await self._writer.write(lambda conn: entries.leave(conn, entry, left, now))

    async def hold(self, destination: str, *, until: datetime, now: datetime, detail: str) -> None:
        await self._writer.write(lambda conn: entries.hold(conn, destination, until, now, detail))

    async def unhold(self, destination: str) -> None:
        await self._writer.write(lambda conn: entries.unhold(conn, destination))

    async def recent_leads(self, destination: str, client: str, since: datetime) -> list[str]:
        return await self._read(lambda conn: entries.recent_leads(conn, destination, client, since))

    # people

    async def deliveries(
        self,
        states: tuple[EntryState, ...] = (),
        *,
        destination: str | None = None,
        call_id: str | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """The oldest first; every state when none is named."""
        return await self._read(lambda conn: desk.find(conn, states, destination, call_id, limit))

    async def counts(self) -> dict[tuple[str, EntryState], int]:
        """(destination, state) → number of entries."""
        return await self._read(desk.counts)

    async def held(self) -> list[desk.Held]:
        return await self._read(desk.held)

    async def delivery(self, id: int) -> desk.Shown | None:
        return await self._read(lambda conn: desk.show(conn, id))

    async def retry(
        self,
        id: int,
        *,
        now: datetime,
        absent: bool = False,
        made: Mapping[str, str] | None = None,
    ) -> Entry | None:
        """See `desk.retry`. None when there is no such entry; raises IllegalMove."""
        return await self._writer.write(
            lambda conn: desk.retry(conn, id, now, absent=absent, made=made or {})
        )

    async def drop(self, id: int, *, now: datetime) -> Entry | None:
        return await self._writer.write(lambda conn: desk.drop(conn, id, now))

    async def _read(self, read: Callable[[Connection], T]) -> T:
        try:
            return await self._database.read(read)
        except FOR_NOW as error:
            raise StoreUnavailable(f"the store cannot read: {reason(error)}") from error


@asynccontextmanager
async def open_store(where: str, *, daemon: bool) -> AsyncIterator[Store]:
    """The store at a URL or path. A daemon creates it, brings its schema up to date and has a
    SQLite store to itself, so it frees what a dead one had leased; a tool takes it as it is.
    Raises StoreUnusable."""
    url = store_url(where)
    file = sqlite_file(url)
    if file and not daemon and not file.exists():
        raise StoreUnusable(f"there is no store at {file}; `asterisk-bridge run` makes one")
    lock = OnlyDaemon(file) if file and daemon else None
    database = open_database(url)
    try:
        await _check_schema(database, upgrade=daemon)
        store = Store(database)
        try:
            if lock:
                await store.reclaim()
            yield store
        finally:
            await store.close()
    finally:
        await database.close()
        if lock:
            lock.release()


async def _check_schema(database: Database, *, upgrade: bool) -> None:
    try:
        if upgrade:
            await database.write(migrations.upgrade)
        elif not await database.read(migrations.is_newest):
            raise StoreUnusable(
                "the store is of another version; start `asterisk-bridge run` of this one"
            )
    except FOR_NOW as error:
        raise StoreUnusable(f"the store cannot be opened: {reason(error)}") from error
