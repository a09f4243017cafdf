"""All recordings of all calls, with a real store: late files, full disks, hung disks, restarts."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest

from bridge.domain.counters import NoCounters
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.recordings.collecting import Collecting
from bridge.recordings.collector import Collector
from bridge.recordings.convert import Converter
from bridge.recordings.settings import PathMapping, Patience, RecordingPolicy
from bridge.recordings.shelf import Shelf
from bridge.recordings.source import Folder
from bridge.recordings.threads import DiskHangs, DiskThreads
from bridge.storage.store import Store, open_store
from tests.lab.garbage import left_by
from tests.rules.office import call

QUICK = Patience(
    still=0.01, look_every=0.01, appear_within=0.1, sound_within=0.1, header_within=0.1
)


class Desk:
    """A store and collecting over one spool; `settled` waits for a recording's next state."""

    def __init__(self, store: Store, spool: Path, keep: Path) -> None:
        self.store = store
        self.spool = spool
        self.now = datetime.now(UTC) - timedelta(days=3)
        mapping = PathMapping(pbx=PurePosixPath("/spool"), local=spool)
        self.folder = Folder([mapping], QUICK)
        self.collector = Collector(self.folder, Shelf(keep), Converter(RecordingPolicy()))
        self.collecting = Collecting(
            {"pbx": self.collector},
            store,
            self._change,
            NoCounters(),
            timedelta(days=1),
            now=lambda: self.now,
        )
        self._told: asyncio.Queue[tuple[str, Recording, str]] = asyncio.Queue()

    async def _change(self, call_id: str, recording: Recording, detail: str) -> None:
        await self.store.change_recording(call_id, recording, now=self.now, detail=detail)
        self._told.put_nowait((call_id, recording, detail))

    async def settled(self) -> tuple[RecordingState, str]:
        async with asyncio.timeout(20):
            _, recording, detail = await self._told.get()
        return recording.state, detail

    async def finish(self, name: str = "a.wav", call_id: str = "pbx-1.1") -> CallRecord:
        record = finished(self.now, name, call_id)
        await self.store.finish(record, ["crm"], now=self.now)
        return record

    async def entries(self) -> list[str]:
        return [f"{e.subject or 'call'} {e.state}" for e in await self.store.deliveries()]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.collecting.run())
            yield
            task.cancel()


def finished(now: datetime, name: str = "a.wav", call_id: str = "pbx-1.1") -> CallRecord:
    expected = Recording(id="r1", pbx_path=f"/spool/{name}", to=now)
    return call(call_id=call_id, ended_at=now, recordings=(expected,))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        yield store


@pytest.fixture
def desk(store: Store, spool: Path, tmp_path: Path) -> Desk:
    return Desk(store, spool, tmp_path / "keep")


@pytest.mark.proves("S2-13", "S3-18")
async def test_a_recording_that_is_there_is_queued_for_every_crm(desk: Desk, tone: bytes) -> None:
    (desk.spool / "a.wav").write_bytes(tone)
    async with desk.running():
        desk.collecting.take(await desk.finish())
        assert await desk.settled() == (RecordingState.READY, "")
    assert await desk.entries() == ["call waiting", "r1 held_back"]


async def test_a_recording_that_is_late_by_an_hour_is_delivered_after_all(
    desk: Desk, tone: bytes
) -> None:
    async with desk.running():
        desk.collecting.take(await desk.finish())
        state, words = await desk.settled()
        entries = await desk.entries()
        (desk.spool / "a.wav").write_bytes(tone)
        desk.now += timedelta(hours=1)
        await desk.collecting.look_for_late()
        late, _ = await desk.settled()
    record = await desk.store.call("pbx-1.1")
    assert (state, bool(words), entries) == (RecordingState.MISSING, True, ["call waiting"])
    assert (late, await desk.entries()) == (RecordingState.READY, ["call waiting", "r1 held_back"])
    assert record is not None
    assert record.revision == 3


async def test_after_its_time_a_late_recording_is_not_looked_for(desk: Desk, tone: bytes) -> None:
    async with desk.running():
        desk.collecting.take(await desk.finish())
        await desk.settled()
        (desk.spool / "a.wav").write_bytes(tone)
        desk.now += timedelta(days=2)
        await desk.collecting.look_for_late()
    assert desk.collecting.waiting == 0


async def test_a_file_that_stays_damaged_is_not_collected_every_minute(desk: Desk) -> None:
    (desk.spool / "a.wav").write_bytes(b"<html>404</html>")
    async with desk.running():
        desk.collecting.take(await desk.finish())
        assert (await desk.settled())[0] is RecordingState.UNREADABLE
        await desk.collecting.look_for_late()
        assert desk.collecting.waiting == 0


async def test_every_recording_that_was_waited_for_is_collected_by_the_next_run(
    desk: Desk, tone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.recordings.collecting.PAGE", 10)
    (desk.spool / "a.wav").write_bytes(tone)
    for number in range(35):
        await desk.finish(call_id=f"pbx-{number}.1")
    async with desk.running():
        states = [await desk.settled() for _ in range(35)]
    assert states == [(RecordingState.READY, "")] * 35
    assert await desk.store.recordings(RecordingState.EXPECTED) == []


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for nothing."""
    folder = tmp_path / "keep"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], check=True)
    (folder / "other").write_bytes(b"x" * 8192)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_is_said_and_the_recording_comes_when_there_is_room(
    desk: Desk, full_disk: Path, tone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.recordings.collecting.TRY_AGAIN", 0.05)
    (desk.spool / "a.wav").write_bytes(tone)
    async with desk.running():
        desk.collecting.take(await desk.finish())
        state, words = await desk.settled()
        revision = await _revision(desk.store)
        _make_room(full_disk)
        while (last := await desk.settled())[0] is RecordingState.EXPECTED:
            pass
    assert (state, "No space left" in words) == (RecordingState.EXPECTED, True)
    assert (last, revision) == ((RecordingState.READY, ""), 1)


def _make_room(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=10M", disk], check=True)


async def _revision(store: Store) -> int:
    record = await store.call("pbx-1.1")
    assert record is not None
    return record.revision


async def test_a_disk_that_hangs_is_left_alone_after_its_time() -> None:
    hangs, ended = threading.Event(), threading.Event()

    def work() -> None:
        hangs.wait(20)
        ended.set()

    threads = DiskThreads(at_once=1, within=0.05)
    with pytest.raises(DiskHangs):
        await threads.run(work)
    with pytest.raises(DiskHangs):  # its only place is still taken
        await threads.run(lambda: None)
    hangs.set()
    await asyncio.to_thread(ended.wait, 20)
    assert await eventually(threads, lambda: 7) == 7


async def test_a_file_that_is_not_there_leaves_nothing_to_the_collector_of_garbage(
    tmp_path: Path,
) -> None:
    threads = DiskThreads()

    async def look() -> None:
        with suppress(FileNotFoundError):
            await threads.run((tmp_path / "late.wav").stat)

    assert await left_by(look) == 0


async def eventually(threads: DiskThreads, work: Callable[[], int]) -> int:
    """The thread that hung gives its place back in its own time."""
    for _ in range(100):
        try:
            return await threads.run(work)
        except DiskHangs:
            continue
    raise AssertionError("the place was never given back")


async def test_a_share_that_hangs_is_a_state_and_holds_up_no_stop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = threading.Event()
    desk.folder.threads = DiskThreads(at_once=1, within=0.05)
    monkeypatch.setattr(desk.folder, "_look", lambda path: hangs.wait(60))
    async with desk.running():
        desk.collecting.take(await desk.finish())
        state, words = await desk.settled()
    hung = [thread for thread in threading.enumerate() if thread.name == "disk"]
    hangs.set()
    assert (state, "no answer from the disk" in words) == (RecordingState.UNREADABLE, True)
    assert all(thread.daemon for thread in hung)


async def test_several_recordings_of_one_call_are_each_their_own(desk: Desk, tone: bytes) -> None:
    (desk.spool / "a.wav").write_bytes(tone)
    (desk.spool / "b.wav").write_bytes(tone[:40] + b"\0\0\0\0")
    record = finished(desk.now)
    two = (record.recordings[0], Recording(id="r2", pbx_path="/spool/b.wav", to=desk.now))
    record = replace(record, recordings=two)
    await desk.store.finish(record, ["crm"], now=desk.now)
    async with desk.running():
        desk.collecting.take(record)
        await desk.settled()
        await desk.settled()
    kept = await desk.store.call("pbx-1.1")
    assert kept is not None
    assert [(one.id, one.state) for one in kept.recordings] == [
        ("r1", RecordingState.READY),
        ("r2", RecordingState.EMPTY),
    ]
