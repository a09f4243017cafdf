"""The store: one object that implements what the outbox, the tracker's owner and people need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import Connection

from bridge.dialout.ports import Kept
from bridge.domain.application import Application
from bridge.domain.call_requests import CallRequest
from bridge.domain.commands import Planned
from bridge.domain.ports import Announced
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.domain.transcription import Lines
from bridge.domain.troubles import Incident, Trouble
from bridge.outbox.entries import Entry
from bridge.outbox.ports import Fact, Leased, StoreUnavailable
from bridge.outbox.states import EntryState
from bridge.recordings.erasing import Copy
from bridge.rules.case import command_key
from bridge.storage import (
    announcements,
    applications,
    call_requests,
    calls,
    care,
    desk,
    entries,
    incidents,
    leases,
    migrations,
    paths,
    recordings,
    retention,
    transcriptions,
    waiting,
)
from bridge.storage.claims import Alone, AmongMany, Claims, is_claimed
from bridge.storage.engine import (
    Database,
    OnlyDaemon,
    PostgresDatabase,
    StoreUnusable,
    open_database,
    sqlite_file,
    store_url,
)
from bridge.storage.paths import PathTaken
from bridge.storage.trouble import is_for_now, reason
from bridge.storage.writer import Writer

PATIENCE: Final = 20.0  # seconds for one read
_TRIES: Final = 20
_BETWEEN_TRIES: Final = 3.0  # seconds

T = TypeVar("T")


class Store:
    """Writes are grouped by one writer; reads have connections of their own and never wait for
    it, nor longer than `patience` seconds for a disk. Every method raises StoreUnavailable when
    the database fails for now."""

    def __init__(self, database: Database, claims: Claims, patience: float = PATIENCE) -> None:
        self.claims = claims
        self._database = database
        self._patience = patience
        self._writer = Writer(database)

    async def start_anew(self, *, alone: bool) -> None:
        """For a daemon that starts; one that has the store to itself frees what a dead one had
        leased."""
        now = datetime.now(UTC)
        await self._writer.write(lambda conn: leases.start_anew(conn, now, alone))

    async def close(self) -> None:
        """Commit what waits."""
        await self._writer.close()
        await self.claims.close()

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

    async def last_talk(self, number: str, since: datetime) -> tuple[str, datetime] | None:
        """See `calls.last_talk`."""
        return await self._read(lambda conn: calls.last_talk(conn, number, since))

    async def paths(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> list[PathTaken]:
        """See `paths.taken`."""
        return await self._read(lambda conn: paths.taken(conn, since, until))

    async def change_recording(
        self, call_id: str, recording: Recording, *, now: datetime, detail: str = ""
    ) -> CallRecord | None:
        """A later fact about one recording (it is ready, missing …): raises the revision and,
        when it is ready, queues its own attachment. None when the call is not known."""
        return await self._writer.write(
            lambda conn: calls.change_recording(conn, call_id, recording, now, detail)
        )

    async def recordings(
        self,
        *states: RecordingState,
        after: tuple[str, str] | None = None,
        ended_since: datetime | None = None,
        limit: int = 500,
    ) -> list[tuple[CallRecord, Recording]]:
        """Those in one of these states; see `recordings.find`."""
        return await self._read(
            lambda conn: recordings.find(conn, states, after, ended_since, limit)
        )

    async def recording_details(self, call_ids: Sequence[str]) -> dict[tuple[str, str], str]:
        """(call, recording) → what a person should know of it, where there is anything."""
        return await self._read(lambda conn: recordings.details(conn, call_ids))

    async def undemanded(self, limit: int) -> list[Copy]:
        """Our copies that no destination waits for, the oldest first."""
        return await self._read(lambda conn: recordings.undemanded(conn, limit))

    async def erased(self, call_id: str, id: str, *, now: datetime, detail: str) -> None:
        """Our copy of this recording is gone; `detail` says why."""
        await self._writer.write(lambda conn: recordings.erased(conn, call_id, id, now, detail))

    async def transcribe(self, call_id: str, lines: Lines, *, now: datetime) -> Lines | None:
        """Store what was said in a finished call and one entry for each destination that has the
        call; what is kept stands. None when the call is not known. Wake the lanes afterwards."""
        return await self._writer.write(lambda conn: transcriptions.put(conn, call_id, lines, now))

    async def transcription(self, call_id: str) -> Lines:
        """What was said in this call; empty where nobody told us."""
        return await self._read(lambda conn: transcriptions.get(conn, call_id))

    # applications

    async def apply(
        self, application: Application, destinations: Iterable[str], *, now: datetime
    ) -> bool:
        """Store an application and one entry for each destination, in one transaction. An id that
        is known changes nothing and returns False. Wake the lanes afterwards."""
        named = tuple(destinations)
        return await self._writer.write(
            lambda conn: applications.put(conn, application, named, now)
        )

    async def application(self, about: str) -> Application | None:
        return await self._read(lambda conn: applications.get(conn, about))

    # the outbox (bridge.outbox.ports.Entries)

    async def lease(
        self, destination: str, worker: str, *, now: datetime, until: datetime, limit: int
    ) -> Leased:
        return await self._writer.write(
            lambda conn: leases.lease(conn, destination, worker, now, until, limit)
        )

    async def note(
        self, entry: Entry, *facts: Fact, now: datetime, until: datetime | None = None
    ) -> None:
        await self._writer.write(lambda conn: entries.note(conn, entry, facts, now, until))

    async def reclaim(
        self, destination: str, worker: str, *, carrying: Collection[int], now: datetime
    ) -> int:
        return await self._writer.write(
            lambda conn: leases.reclaim(conn, destination, worker, carrying, now, is_claimed)
        )

    async def clock_set_back(self, destination: str, by: timedelta) -> None:
        await self._writer.write(lambda conn: leases.clock_set_back(conn, destination, by))

    async def unhold(self, destination: str) -> None:
        await self._writer.write(lambda conn: entries.unhold(conn, destination))

    async def recent_leads(self, destination: str, client: str, since: datetime) -> list[str]:
        return await self._read(lambda conn: entries.recent_leads(conn, destination, client, since))

    # announcements (bridge.outbox.ports.Announcements)

    async def announcing(
        self, destination: str, call_id: str, announced: Announced, *, now: datetime
    ) -> bool:
        return await self._writer.write(
            lambda conn: announcements.keep(conn, destination, call_id, announced, now)
        )

    async def answered(self, destination: str, call_id: str, handle: str) -> None:
        await self._writer.write(
            lambda conn: announcements.answer(conn, destination, call_id, handle)
        )

    async def announced(self, destination: str, call_id: str) -> Announced | None:
        found = await self._read(lambda conn: announcements.find(conn, destination, [call_id]))
        return found.get(call_id)

    # calls that people ask for (bridge.dialout.ports.Memory)

    async def requested(
        self, destination: str, request: CallRequest, order: str, client: str, *, now: datetime
    ) -> bool:
        return await self._writer.write(
            lambda conn: call_requests.keep(conn, destination, request, order, client, now)
        )

    async def orders(self, since: datetime) -> list[Kept]:
        return await self._read(lambda conn: call_requests.since(conn, since))

    async def clicked(self, destination: str, call_id: str, handle: str, *, now: datetime) -> None:
        key = command_key(destination, call_id, "announce", "call")
        announced = Announced(key=key, call=None, handle=handle)
        await self._writer.write(
            lambda conn: announcements.keep(conn, destination, call_id, announced, now)
        )

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

    async def depth(self, destination: str) -> care.Depth:
        return await self._read(lambda conn: care.depth(conn, destination))

    async def purge(self, before: datetime, *, most: int) -> int:
        """See `care.purge`."""
        return await self._writer.write(lambda conn: care.purge(conn, before, most))

    async def purge_incidents(self, before: datetime, *, most: int) -> int:
        """See `incidents.purge`."""
        return await self._writer.write(lambda conn: incidents.purge(conn, before, most))

    async def old_calls(self, before: datetime, *, limit: int) -> list[retention.OldCall]:
        """See `retention.old_calls`."""
        return await self._read(lambda conn: retention.old_calls(conn, before, limit))

    async def erase_calls(self, ids: Sequence[str]) -> int:
        """See `retention.erase_calls`."""
        return await self._writer.write(lambda conn: retention.erase_calls(conn, ids))

    async def erase_applications(self, before: datetime, *, limit: int) -> int:
        """See `retention.erase_applications`."""
        return await self._writer.write(
            lambda conn: retention.erase_applications(conn, before, limit)
        )

    async def held(self) -> list[desk.Held]:
        return await self._read(desk.held)

    async def delivery(self, id: int) -> desk.Shown | None:
        return await self._read(lambda conn: desk.show(conn, id))

    async def retry(
        self,
        id: int,
        *,
        now: datetime,
        by: str = "",
        absent: bool = False,
        made: Mapping[str, str] | None = None,
    ) -> Entry | None:
        """See `desk.retry`. None when there is no such entry; raises IllegalMove."""
        return await self._writer.write(
            lambda conn: desk.retry(conn, id, now, by, absent=absent, made=made or {})
        )

    async def drop(self, id: int, *, now: datetime, by: str = "") -> Entry | None:
        return await self._writer.write(lambda conn: desk.drop(conn, id, now, by))

    async def edit(
        self, id: int, plan: Mapping[str, Planned], *, now: datetime, by: str = ""
    ) -> Entry | None:
        """See `desk.edit`. None when there is no such entry; raises CannotEdit."""
        return await self._writer.write(lambda conn: desk.edit(conn, id, plan, now, by))

    # incidents

    async def incidents(self, *, closed: bool = False, limit: int = 1000) -> list[Incident]:
        """The newest first; those that are over only when asked for."""
        return await self._read(lambda conn: incidents.find(conn, closed=closed, limit=limit))

    async def incident(self, id: int) -> Incident | None:
        return await self._read(lambda conn: incidents.get(conn, id))

    async def keep_incidents(self, given: Sequence[Incident]) -> list[Incident]:
        """As they are now, each with its id; what a person acknowledged meanwhile stays so."""
        return await self._writer.write(lambda conn: incidents.keep(conn, given))

    async def acknowledge(self, id: int, by: str) -> Incident | None:
        """A person knows of it. None when there is no such incident that people were told of, or
        it is over."""
        return await self._writer.write(lambda conn: incidents.acknowledge(conn, id, by))

    async def waiting(self, *, now: datetime) -> list[Trouble]:
        """What of the deliveries and recordings needs somebody's eye."""
        return await self._read(lambda conn: waiting.troubles(conn, now))

    async def _read(self, read: Callable[[Connection], T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await self._database.read(read)
        except TimeoutError as error:
            raise StoreUnavailable(
                f"the store did not answer within {self._patience:g} s: see that its disk moves"
            ) from error
        except Exception as error:
            if is_for_now(error):
                raise StoreUnavailable(f"the store cannot read: {reason(error)}") from error
            raise


@asynccontextmanager
async def open_store(
    where: str, *, daemon: bool, patience: float = PATIENCE
) -> AsyncIterator[Store]:
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
        claims = AmongMany(database.engine) if isinstance(database, PostgresDatabase) else Alone()
        store = Store(database, claims, patience)
        try:
            if daemon:
                await store.start_anew(alone=lock is not None)
            yield store
        finally:
            await store.close()
    finally:
        await database.close()
        if lock:
            lock.release()


async def _check_schema(database: Database, *, upgrade: bool) -> None:
    """A daemon waits a while for a server that is only starting, as after a boot."""
    for again in range(_TRIES if upgrade else 1):
        try:
            if again:
                await asyncio.sleep(_BETWEEN_TRIES)
            if upgrade:
                await database.change_schema(migrations.upgrade)
            elif not await database.read(migrations.is_newest):
                raise StoreUnusable(
                    "the store is of another version; start `asterisk-bridge run` of this one"
                )
            return
        except StoreUnusable:
            raise
        except Exception as error:
            if not is_for_now(error):
                raise
            why = error
    raise StoreUnusable(f"the store cannot be opened: {reason(why)}; see store.url") from why
