"""A recording from the PBX's spool to our shelf: what the PBX does meanwhile is the scenario."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest

from bridge.domain.record import Recording, RecordingState
from bridge.recordings.collector import Collected, Collector
from bridge.recordings.convert import Converter
from bridge.recordings.settings import PathMapping, Patience, RecordingPolicy
from bridge.recordings.shelf import Shelf
from bridge.recordings.source import Folder

STOPPED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RECORDING = Recording(id="pbx-1.1/0", pbx_path="/spool/a.wav", to=STOPPED)


class Pbx:
    """Does one thing of its script at each of our waits, while the clock goes on."""

    def __init__(self, spool: Path, keep: Path) -> None:
        self.file = spool / "a.wav"
        self.script: list[Callable[[], object]] = []
        self.now = STOPPED
        mapping = PathMapping(pbx=PurePosixPath("/spool"), local=spool)
        self.collector = Collector(
            Folder([mapping], Patience()),
            Shelf(keep),
            Converter(RecordingPolicy()),
            now=lambda: self.now,
            sleep=self._sleep,
        )

    async def collect(self, recording: Recording = RECORDING) -> Collected:
        return await self.collector.collect(recording, STOPPED)

    async def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if self.script:
            self.script.pop(0)()

    def write(self, data: bytes) -> Callable[[], object]:
        return lambda: self.file.write_bytes(data)


@pytest.fixture
def pbx(spool: Path, tmp_path: Path) -> Pbx:
    return Pbx(spool, tmp_path / "keep")


@pytest.mark.proves("S1-28", "S0-10")
async def test_a_recording_that_is_still_written_is_waited_for(pbx: Pbx, tone: bytes) -> None:
    open_header = tone[:40] + b"\0\0\0\0"
    pbx.script = [pbx.write(open_header + tone[44:cut]) for cut in (44, 2000, 20000)]
    pbx.script.append(pbx.write(tone))
    done = await pbx.collect()
    assert done.recording.state is RecordingState.READY
    assert done.recording.file is not None
    assert _bytes(done.recording.file) == tone


async def test_the_copy_is_found_by_the_id_of_the_recording(pbx: Pbx, tone: bytes) -> None:
    pbx.file.write_bytes(tone)
    done = await pbx.collect()
    assert str(pbx.collector.shelf.find(RECORDING.id)) == done.recording.file


async def test_a_recording_that_never_comes_is_missing_after_its_time(pbx: Pbx) -> None:
    done = await pbx.collect()
    assert (done.recording.state, pbx.now) == (
        RecordingState.MISSING,
        STOPPED + timedelta(seconds=10),
    )


async def test_a_header_without_sound_is_empty(pbx: Pbx, tone: bytes) -> None:
    pbx.file.write_bytes(tone[:40] + b"\0\0\0\0")
    assert (await pbx.collect()).recording.state is RecordingState.EMPTY


async def test_a_recording_of_a_pbx_that_crashed_is_mended_in_our_copy(
    pbx: Pbx, tone: bytes
) -> None:
    crashed = tone[:4] + b"\0\0\0\0" + tone[8:40] + b"\0\0\0\0" + tone[44:]
    pbx.file.write_bytes(crashed)
    done = await pbx.collect()
    assert done.recording.file is not None
    assert (_bytes(done.recording.file), pbx.file.read_bytes()) == (tone, crashed)


async def test_a_file_that_is_no_sound_is_unreadable(pbx: Pbx) -> None:
    pbx.file.write_bytes(b"<html>404</html>")
    assert (await pbx.collect()).recording.state is RecordingState.UNREADABLE


async def test_a_folder_in_the_file_s_place_is_unreadable(pbx: Pbx) -> None:
    pbx.file.mkdir()
    assert (await pbx.collect()).recording.state is RecordingState.UNREADABLE


async def test_a_path_that_leads_out_is_unreadable_and_says_why(pbx: Pbx) -> None:
    done = await pbx.collect(Recording(id="x", pbx_path="/etc/passwd"))
    assert (done.recording.state, "recordings.pbx" in done.detail) == (
        RecordingState.UNREADABLE,
        True,
    )


async def test_a_recording_without_a_path_is_missing(pbx: Pbx) -> None:
    assert (await pbx.collect(Recording(id="x"))).recording.state is RecordingState.MISSING


@pytest.mark.parametrize("id", ["../../etc/cron.d/x", "a/b\0c", "ö" * 300, "", ".", "-rf"])
async def test_whatever_the_id_is_the_copy_lies_on_the_shelf(
    pbx: Pbx, tone: bytes, id: str
) -> None:
    pbx.file.write_bytes(tone)
    done = await pbx.collect(Recording(id=id, pbx_path="a.wav"))
    assert done.recording.file is not None
    shelf = pbx.collector.shelf
    assert (_resolved(done.recording.file).is_relative_to(shelf.root), shelf.find(id)) == (
        True,
        Path(done.recording.file),
    )


async def test_a_shelf_that_cannot_be_written_raises_and_leaves_no_half_copy(
    pbx: Pbx, tone: bytes
) -> None:
    pbx.file.write_bytes(tone)
    pbx.collector.shelf.root.write_bytes(b"a file where the folder should be")
    with pytest.raises(OSError, match=r"."):
        await pbx.collect()


def _bytes(file: str) -> bytes:
    return Path(file).read_bytes()


def _resolved(file: str) -> Path:
    return Path(os.path.realpath(file))
