"""Recordings of every PBX: collected once a call is stored, and by the next run what this left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bridge.config.model import Config, Pbx
from bridge.domain.ports import Counters
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.observe.tasks import Tasks
from bridge.recordings.collecting import Collecting
from bridge.recordings.collector import Collector
from bridge.recordings.settings import PathMapping, RecordingsSettings
from bridge.recordings.shelf import Shelf
from bridge.storage.store import Store


class Recordings:
    """`changed` is told the call of each recording whose state the store has taken up."""

    def __init__(
        self, config: Config, store: Store, counters: Counters, changed: Callable[[str], None]
    ) -> None:
        self._store = store
        self._changed = changed
        collectors = {pbx.name: _collector(config, pbx) for pbx in config.pbx}
        self._collecting = Collecting(collectors, self._change, counters)
        self.shelves: list[Shelf] = [collector.shelf for collector in collectors.values()]

    async def start(self, tasks: Tasks) -> None:
        tasks.keep("recordings", self._collecting.run)
        await self.resume()

    def take(self, record: CallRecord) -> None:
        """Collect what this call left. Returns at once."""
        self._collecting.take(record)

    async def resume(self) -> None:
        """Recordings that the last process, here or elsewhere, still waited for."""
        waiting = await self._store.recordings(RecordingState.EXPECTED)
        for call_id in dict.fromkeys(call_id for call_id, _ in waiting):
            if record := await self._store.call(call_id):
                self._collecting.take(record)

    async def _change(self, call_id: str, recording: Recording) -> None:
        await self._store.change_recording(call_id, recording, now=datetime.now(UTC))
        self._changed(call_id)


def _collector(config: Config, pbx: Pbx) -> Collector:
    folder = PathMapping(pbx=pbx.recordings.pbx, local=pbx.recordings.folder)
    keep = config.folder / "recordings" / pbx.name
    return Collector(RecordingsSettings(keep=keep, folders=(folder,)))
