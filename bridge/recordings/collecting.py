"""Every recording of every finished call is collected, side by side, none waiting for another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import structlog

from bridge.domain.ports import Counters
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.recordings.collector import Collector

_AT_ONCE: Final = 64  # more wait their turn: each looks at the disk four times a second
_TRY_AGAIN: Final = 30.0

Change = Callable[[str, Recording], Awaitable[None]]

log = structlog.get_logger(__name__)


class Collecting:
    """`collector` answers for the PBX that a record names; `change` keeps what was found."""

    def __init__(
        self, collectors: dict[str, Collector], change: Change, counters: Counters
    ) -> None:
        self._collectors = collectors
        self._change = change
        self._counters = counters
        self._waiting: asyncio.Queue[tuple[str, str, Recording, datetime]] = asyncio.Queue()
        self._room = asyncio.Semaphore(_AT_ONCE)

    def take(self, record: CallRecord) -> None:
        """Collect what this call left. Returns at once."""
        for recording in record.recordings:
            if recording.state is RecordingState.EXPECTED:
                stopped = recording.to or record.ended_at or datetime.now(UTC)
                self._waiting.put_nowait((record.pbx, record.call_id, recording, stopped))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                pbx, call_id, recording, stopped = await self._waiting.get()
                await self._room.acquire()
                group.create_task(self._collect(pbx, call_id, recording, stopped))

    async def _collect(
        self, pbx: str, call_id: str, recording: Recording, stopped: datetime
    ) -> None:
        try:
            collector = self._collectors.get(pbx)
            if collector is None:
                return
            collected = await collector.collect(recording, stopped)
            await self._change(call_id, collected.recording)
            self._counters.count("recordings", state=str(collected.recording.state))
            log.info("recording.settled", call_id=call_id, state=str(collected.recording.state))
        except Exception as error:
            log.error(
                "recording.not_kept",
                call_id=call_id,
                error=str(error),
                act="free space in the recordings folder; it is tried again",
            )
            await asyncio.sleep(_TRY_AGAIN)
            self._waiting.put_nowait((pbx, call_id, recording, stopped))
        finally:
            self._room.release()
