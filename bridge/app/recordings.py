"""Recordings of every PBX: collected once a call is stored, handed out, erased by the policy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

import structlog

from bridge.config.model import Config, Pbx
from bridge.domain.counters import Counters
from bridge.domain.record import CallRecord, Recording
from bridge.observe.tasks import Tasks
from bridge.recordings import ffmpeg
from bridge.recordings.collecting import Collecting
from bridge.recordings.collector import Collector
from bridge.recordings.convert import ABSENT, Converter
from bridge.recordings.erasing import Erasing
from bridge.recordings.http import WebFolder
from bridge.recordings.settings import HttpSource, PathMapping, Patience, SftpSource
from bridge.recordings.sftp import SftpFolder
from bridge.recordings.shelf import Shelf
from bridge.recordings.source import Folder, Source
from bridge.storage.retention import OldCall
from bridge.storage.store import Store

log = structlog.get_logger(__name__)


class Recordings:
    """`changed` is told the call of each recording whose state the store has taken up."""

    def __init__(
        self, config: Config, store: Store, counters: Counters, changed: Callable[[str], None]
    ) -> None:
        self._store = store
        self._changed = changed
        self._folder = config.folder / "recordings"
        policy = self._policy = config.recordings
        converter = Converter(policy)
        collectors = {pbx.name: _collector(config, pbx, converter) for pbx in config.pbx}
        self._collectors = collectors
        self._collecting = Collecting(collectors, store, self._change, counters, policy.late_within)
        self._erasing = Erasing(collectors, store, policy.keep, counters)
        self.shelves: dict[str, Shelf] = {name: it.shelf for name, it in collectors.items()}

    async def start(self, tasks: Tasks) -> None:
        if self._policy.needs_ffmpeg and not ffmpeg.installed():
            log.warning("recordings.no_ffmpeg", act=ABSENT)
        for collector in self._collectors.values():
            await collector.disk.run(collector.shelf.sweep)
        tasks.keep("recordings", self._collecting.run)
        tasks.keep("erasing", self._erasing.run)

    async def close(self) -> None:
        for collector in self._collectors.values():
            await collector.source.close()

    async def resume(self) -> None:
        """Recordings that the last process, here or elsewhere, still waited for."""
        await self._collecting.resume()

    def take(self, record: CallRecord) -> None:
        """Collect what this call left. Returns at once."""
        self._collecting.take(record)

    async def forget(self, calls: Sequence[OldCall]) -> list[str]:
        """Erase our copies of these calls; the ids of those of which none is left."""
        return [call.call_id for call in calls if await self._forgotten(call)]

    async def _forgotten(self, call: OldCall) -> bool:
        collector = self._collectors.get(call.pbx)
        shelf = self.shelves.get(call.pbx) or Shelf(self._folder / call.pbx)  # a PBX of once
        erase = collector.disk.run if collector else asyncio.to_thread
        try:
            for id in call.recordings:
                await erase(shelf.erase, id)
        except OSError as error:
            log.error("recording.not_erased", call_id=call.call_id, error=error.strerror)
            return False
        return True

    async def _change(self, call_id: str, recording: Recording, detail: str) -> None:
        now = datetime.now(UTC)
        await self._store.change_recording(call_id, recording, now=now, detail=detail)
        self._changed(call_id)


def _collector(config: Config, pbx: Pbx, converter: Converter) -> Collector:
    shelf = Shelf(config.folder / "recordings" / pbx.name)
    return Collector(_source(pbx), shelf, converter)


def _source(pbx: Pbx) -> Source:
    named = PurePosixPath(pbx.recordings.pbx)
    match pbx.recordings.source:
        case HttpSource() as http:
            return WebFolder(http, named)
        case SftpSource() as sftp:
            return SftpFolder(sftp, named)
        case None:
            folder = PathMapping(pbx=named, local=pbx.recordings.folder)
            return Folder([folder], Patience())
