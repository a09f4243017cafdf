"""The store: one object that implements what the outbox, the tracker's owner and people need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import structlog

from bridge.domain.application import Application
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.domain.transcription import Lines
from bridge.recordings.erasing import Copy
from bridge.storage import (
    applications,
    calls,
    care,
    incidents,
    leases,
    migrations,
    paths,
    recordings,
    retention,
    transcriptions,
)
from bridge.storage.access import PATIENCE
from bridge.storage.claims import Alone, AmongMany, Claims
from bridge.storage.engine import (
    Database,
    OnlyDaemon,
    PostgresDatabase,
    StoreAway,
    StoreUnusable,
    must_be_drivable,
    open_database,
    sqlite_file,
    store_url,
)
from bridge.storage.for_outbox import ForOutbox
from bridge.storage.for_people import ForPeople
from bridge.storage.owner import is_crm
from bridge.storage.paths import PathTaken
from bridge.storage.trouble import is_for_now, reason, told_to_a_person

log = structlog.get_logger(__name__)

_TRIES: Final = 20
_BETWEEN_TRIES: Final = 3.0  # seconds


class Store(ForOutbox, ForPeople):
    """Every method raises StoreUnavailable when the database fails for now."""

    def __init__(self, database: Database, claims: Claims, patience: float = PATIENCE) -> None:
        super().__init__(database, patience)
        self.claims = claims

    async def start_anew(self, *, alone: bool) -> None:
        """For a daemon that starts; one that has the store to itself frees what a dead one had
        leased."""
        now = datetime.now(UTC)
        await self._write(lambda conn: leases.start_anew(conn, now, alone))

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
        return await self._write(lambda conn: calls.put(conn, record, named, now))

    async def call(self, call_id: str) -> CallRecord | None:
        """See `calls.get`."""
        return await self._read(lambda conn: calls.get(conn, call_id))

    async def calls(self, which: calls.Which) -> list[CallRecord]:
        """See `calls.find`."""
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
        return await self._write(
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
        await self._write(lambda conn: recordings.erased(conn, call_id, id, now, detail))

    async def transcribe(self, call_id: str, lines: Lines, *, now: datetime) -> Lines | None:
        """Store what was said in a finished call and one entry for each destination that has the
        call; what is kept stands. None when the call is not known. Wake the lanes afterwards."""
        return await self._write(lambda conn: transcriptions.put(conn, call_id, lines, now))

    async def rate(self, call_id: str, rating: int, *, now: datetime) -> CallRecord | None:
        """See `calls.rate`. Wake the lanes afterwards."""
        return await self._write(lambda conn: calls.rate(conn, call_id, rating, now))

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
        return await self._write(lambda conn: applications.put(conn, application, named, now))

    async def application(self, about: str) -> Application | None:
        """See `applications.get`."""
        return await self._read(lambda conn: applications.get(conn, about))

    # care

    async def purge(self, before: datetime, *, most: int) -> int:
        """See `care.purge`."""
        return await self._write(lambda conn: care.purge(conn, before, most))

    async def purge_incidents(self, before: datetime, *, most: int) -> int:
        """See `incidents.purge`."""
        return await self._write(lambda conn: incidents.purge(conn, before, most))

    async def old_calls(self, before: datetime, *, limit: int) -> list[retention.OldCall]:
        """See `retention.old_calls`."""
        return await self._read(lambda conn: retention.old_calls(conn, before, limit))

    async def erase_calls(self, ids: Sequence[str]) -> int:
        """See `retention.erase_calls`."""
        return await self._write(lambda conn: retention.erase_calls(conn, ids))

    async def erase_applications(self, before: datetime, *, limit: int) -> int:
        """See `retention.erase_applications`."""
        return await self._write(lambda conn: retention.erase_applications(conn, before, limit))


@asynccontextmanager
async def open_store(
    where: str, *, daemon: bool, patience: float = PATIENCE
) -> AsyncIterator[Store]:
    """The store at a URL or path. A daemon creates it, brings its schema up to date and has a
    SQLite store to itself, so it frees what a dead one had leased; a tool takes it as it is.
    Raises StoreUnusable, and StoreAway where it may be opened later."""
    url = store_url(where)
    must_be_drivable(url)
    file = sqlite_file(url)
    if file and not daemon and not file.exists():
        raise StoreUnusable(f"there is no store at {file}; `asterisk-bridge run` makes one")
    if file and is_crm(file):
        raise StoreUnusable(
            f"{file} is the built-in CRM's file: write another path in store.url, or --store"
        )
    lock = OnlyDaemon(file) if file and daemon else None
    database = open_database(url)
    try:
        with told_to_a_person():
            await _check_schema(database, upgrade=daemon)
            async with _served(database, patience) as store:
                if daemon:
                    await store.start_anew(alone=lock is not None)
                yield store
    finally:
        await database.close()
        if lock:
            lock.release()


@asynccontextmanager
async def _served(database: Database, patience: float) -> AsyncIterator[Store]:
    claims = AmongMany(database.engine) if isinstance(database, PostgresDatabase) else Alone()
    store = Store(database, claims, patience)
    try:
        yield store
    finally:
        await store.close()


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
            if upgrade and not again:
                log.warning("store.waiting", why=reason(why), act="start it, or see store.url")
    raise StoreAway(f"the store cannot be opened: {reason(why)}; see store.url") from why
