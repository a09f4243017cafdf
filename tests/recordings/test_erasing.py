"""Our copies go by the policy, and none that somebody still waits for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ByteSize

from bridge.domain.counters import NoCounters
from bridge.domain.record import Recording, RecordingState
from bridge.outbox.states import EntryState
from bridge.recordings.collector import Collector
from bridge.recordings.convert import Converter
from bridge.recordings.erasing import Copy, Erasing, due
from bridge.recordings.settings import Keep, Patience, RecordingPolicy
from bridge.recordings.shelf import Shelf
from bridge.recordings.source import Folder
from bridge.storage.store import Store, open_store
from tests.rules.office import call

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=40)


def copy(id: str, days: float, size: int = 100) -> Copy:
    return Copy(pbx="pbx", call_id="pbx-1.1", id=id, since=NOW - timedelta(days=days), size=size)


@pytest.mark.proves("S0-49")
@pytest.mark.parametrize(
    ("keep", "gone"),
    [
        (Keep(), []),
        (Keep(days=30), ["old"]),
        (Keep(days=10), ["old", "month"]),
        (Keep(at_most=ByteSize(300)), []),
        (Keep(at_most=ByteSize(299)), ["old"]),
        (Keep(at_most=ByteSize(150)), ["old", "month"]),
        (Keep(days=30, at_most=ByteSize(150)), ["old", "month"]),
    ],
)
def test_what_must_go_is_the_oldest(keep: Keep, gone: list[str]) -> None:
    copies = [copy("old", 31), copy("month", 29), copy("new", 1)]
    assert [each.id for each, _ in due(copies, 300, keep, NOW)] == gone


class Desk:
    """A call whose recording is on the shelf, for one CRM or for nobody."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.shelf = Shelf(folder)
        collector = Collector(Folder([], Patience()), self.shelf, Converter(RecordingPolicy()))
        self.erasing = Erasing(
            {"pbx": collector}, store, Keep(days=30), NoCounters(), now=lambda: LATER
        )

    async def call(self, *destinations: str) -> None:
        part = self.shelf.part(".wav")
        part.write_bytes(b"sound")
        file = self.shelf.place(part, "r1")
        ready = Recording(id="r1", file=str(file), state=RecordingState.READY)
        record = call(call_id="pbx-1.1", recordings=(ready,))
        await self.store.finish(record, destinations, now=NOW)

    async def drop(self, subject: str) -> None:
        [entry] = [e for e in await self.store.deliveries() if e.subject == subject]
        await self.store.drop(entry.id, now=NOW)

    async def recording(self) -> Recording:
        record = await self.store.call("pbx-1.1")
        assert record is not None
        return record.recordings[0]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        yield Desk(store, tmp_path / "keep")


@pytest.mark.proves("S0-49")
async def test_what_a_crm_still_waits_for_is_never_erased(desk: Desk) -> None:
    await desk.call("crm", "erp")
    for entry in await desk.store.deliveries():
        if entry.destination == "erp" and not entry.subject:
            await desk.store.drop(entry.id, now=NOW)
    assert await desk.erasing.erase_some() == 0
    assert desk.shelf.find("r1") is not None


@pytest.mark.proves("S0-49")
@pytest.mark.parametrize("destinations", [(), ("crm",)])
async def test_what_nobody_waits_for_is_erased_and_it_is_said(
    desk: Desk, destinations: tuple[str, ...]
) -> None:
    await desk.call(*destinations)
    for entry in await desk.store.deliveries((EntryState.WAITING,)):
        await desk.store.drop(entry.id, now=NOW)
    before = await desk.recording()
    assert await desk.erasing.erase_some() == 1
    said = await desk.store.recording_details(["pbx-1.1"])
    assert desk.shelf.find("r1") is None
    assert await desk.recording() == replace(before, file=None)
    assert said == {("pbx-1.1", "r1"): "our copy was erased on 2026-04-11: older than 30 days"}
    assert await desk.erasing.erase_some() == 0
