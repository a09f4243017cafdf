"""Every recording of every finished call is collected, side by side, none waiting for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.domain.counters import Counters
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.recordings.collector import Collector

_AT_ONCE: Final = 64  # more wait their turn: each looks at the disk four times a second
TRY_AGAIN: Final = 30.0
_LATE_EVERY: Final = 60.0
PAGE: Final = 500
_GIVEN_UP: Final = (RecordingState.MISSING, RecordingState.UNREADABLE)

log = structlog.get_logger(__name__)


class KnownRecordings(Protocol):
    """The store's part."""

    async def recordings(
        self,
        *states: RecordingState,
        after: tuple[str, str] | None = None,
        ended_since: datetime | None = None,
        limit: int = PAGE,
    ) -> list[tuple[CallRecord, Recording]]:
        """Those in one of these states, in order of call and recording; `after` is the call and
        the recording that ended the page before."""
        ...


class Change(Protocol):
    """Keeps what was found; `detail` says it in words."""

    def __call__(self, call_id: str, recording: Recording, detail: str) -> Awaitable[None]: ...


class Collecting:
    """A collector answers for the PBX that a record names. A recording that was given up for lost
    is looked for again every minute until `late_within` after its call."""

    def __init__(
        self,
        collectors: Mapping[str, Collector],
        known: KnownRecordings,
        change: Change,
        counters: Counters,
        late_within: timedelta,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._collectors = collectors
        self._known = known
        self._change = change
        self._counters = counters
        self._late_within = late_within
        self._now = now
        self._waiting: asyncio.Queue[tuple[CallRecord, Recording, datetime]] = asyncio.Queue()
        self._taken: set[tuple[str, str]] = set()
        self._room = asyncio.Semaphore(_AT_ONCE)

    @property
    def waiting(self) -> int:
        """Recordings that are not settled yet."""
        return len(self._taken)

    def take(self, record: CallRecord) -> None:
        """Collect what this call left. Returns at once."""
        for recording in record.recordings:
            if recording.state is RecordingState.EXPECTED:
                self._take(record, recording, recording.to or record.ended_at or self._now())

    async def resume(self) -> None:
        """Collect what another process still waited for. Raises StoreUnavailable."""
        async for record, _ in self._pages(RecordingState.EXPECTED):
            self.take(record)

    async def run(self) -> None:
        """Begins with what the last process left. Raises StoreUnavailable."""
        await self.resume()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_late())
            while True:
                record, recording, stopped = await self._waiting.get()
                await self._room.acquire()
                group.create_task(self._collect(record, recording, stopped))

    async def look_for_late(self) -> None:
        """One look for each recording that was given up for lost."""
        since = self._now() - self._late_within
        async for record, recording in self._pages(*_GIVEN_UP, ended_since=since):
            collector = self._collectors.get(record.pbx)
            if collector and await collector.is_there_now(recording):
                log.info("recording.came_late", call_id=record.call_id)
                self._take(record, recording, self._now())

    def _take(self, record: CallRecord, recording: Recording, stopped: datetime) -> None:
        key = (record.call_id, recording.id)
        if key not in self._taken and record.pbx in self._collectors:
            self._taken.add(key)
            self._waiting.put_nowait((record, recording, stopped))

    async def _pages(
        self, *states: RecordingState, ended_since: datetime | None = None
    ) -> AsyncIterator[tuple[CallRecord, Recording]]:
        after: tuple[str, str] | None = None
        while page := await self._known.recordings(
            *states, after=after, ended_since=ended_since, limit=PAGE
        ):
            for record, recording in page:
                yield record, recording
            last, recording = page[-1]
            after = (last.call_id, recording.id)

    async def _watch_late(self) -> None:
        while True:
            await asyncio.sleep(_LATE_EVERY)
            try:
                await self.look_for_late()
            except Exception as error:
                log.warning("recording.late_watch_failed", error=str(error))

    async def _collect(self, record: CallRecord, recording: Recording, stopped: datetime) -> None:
        key, again = (record.call_id, recording.id), False
        try:
            again = not await self._settled(record, recording, stopped)
            if again:
                await asyncio.sleep(TRY_AGAIN)
        finally:
            self._taken.discard(key)
            self._room.release()
        if again:
            self._take(record, recording, stopped)

    async def _settled(self, record: CallRecord, recording: Recording, stopped: datetime) -> bool:
        """Whether its state is known and kept; False: try again."""
        try:
            collected = await self._collectors[record.pbx].collect(recording, stopped)
            await self._change(record.call_id, collected.recording, collected.detail)
        except Exception as error:
            await self._not_kept(record, recording, error)
            return False
        state = str(collected.recording.state)
        self._counters.count("recordings", state=state)
        told = {"call_id": record.call_id, "state": state, "detail": collected.detail}
        log.info("recording.settled", **told)
        return True

    async def _not_kept(self, record: CallRecord, recording: Recording, error: Exception) -> None:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self._counters.count("recordings_not_kept")
        log.error(
            "recording.not_kept",
            call_id=record.call_id,
            error=why,
            act="free space in the recordings folder; it is tried again",
        )
        detail = f"our copy cannot be kept ({why}): free space in the recordings folder"
        try:
            await self._change(record.call_id, recording, detail)
        except Exception:
            log.warning("recording.not_told", call_id=record.call_id)
