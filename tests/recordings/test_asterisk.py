"""A real Asterisk records both sides apart: what it tells of that, and what we make of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from bridge.ami.replay import pbx_events
from bridge.domain.pbx_events import AppStarted
from bridge.domain.record import Recording, RecordingState
from bridge.recordings import ffmpeg
from bridge.recordings.collector import Collector
from bridge.recordings.convert import Converter
from bridge.recordings.settings import Format, PathMapping, Patience, RecordingPolicy
from bridge.recordings.shelf import Shelf
from bridge.recordings.source import Folder
from bridge.tracker.mixmonitor import sides
from tests.lab.asterisk import running
from tests.lab.office import devices
from tests.recordings.remote import content
from tests.recordings.test_convert import loudness

pytestmark = [pytest.mark.asterisk]

# The channel hears nothing and says a tone: its other half plays Milliwatt.
STEPS = ("Answer", "MixMonitor(mix.wav,r(in.wav)t(out.wav))", "Wait(1)", "Hangup")


def collector(recordings: Path, folder: Path) -> Collector:
    mapping = PathMapping(pbx=PurePosixPath("/var/spool/asterisk/monitor"), local=recordings)
    policy = RecordingPolicy(format=Format.OPUS)
    return Collector(Folder([mapping], Patience()), Shelf(folder / "keep"), Converter(policy))


async def test_both_sides_become_one_stereo_file(tmp_path: Path) -> None:
    capture = tmp_path / "capture.ami"
    async with running("22", devices("22")) as asterisk:
        async with asterisk.ami(capture) as ami:
            for number, step in enumerate(STEPS, 1):
                line = f"dialplan add extension 7777,{number},{step} into apart"
                await ami.act("Command", Command=line)
            await ami.act(
                "Originate", Channel="Local/7777@apart", Application="Milliwatt", Async="true"
            )
            await ami.event("Hangup", Context="apart")
            await ami.quiet()
        [path] = [
            found
            for event in pbx_events([content(capture)], lambda damage: None)
            if isinstance(event, AppStarted) and (found := sides(event.data))
        ]
        done = await collector(asterisk.recordings, tmp_path).collect(
            Recording(id="r1", pbx_path=path), datetime.now(UTC)
        )
    assert (done.recording.state, done.detail) == (RecordingState.READY, "")
    assert done.recording.file is not None
    file = Path(done.recording.file)
    sound = await ffmpeg.probe(file)
    assert (sound.channels, 0.5 < sound.seconds < 5) == (2, True)
    assert loudness(file, 1) > 10 * loudness(file, 2)
