"""What is handed out, made by the real ffmpeg of what the PBX wrote."""

from __future__ import annotations

import asyncio
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.recordings import ffmpeg
from bridge.recordings.convert import ABSENT, Converter, Made
from bridge.recordings.settings import Format, RecordingPolicy
from bridge.recordings.shelf import Shelf
from bridge.recordings.threads import DiskThreads
from tests.lab.wait import until


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "keep")


def part(shelf: Shelf, data: bytes) -> Path:
    made = shelf.part(".wav")
    made.write_bytes(data)
    return made


async def make(shelf: Shelf, *sides: Path, **policy: Any) -> Made:
    return await Converter(RecordingPolicy(**policy)).make(sides, shelf, DiskThreads())


def sine(file: Path, seconds: float, hertz: int, volume: float = 1) -> Path:
    shape = ("-r", "8000", "-c", "1", "-b", "16")
    sound = ("synth", str(seconds), "sine", str(hertz), "vol", str(volume))
    subprocess.run(["sox", "-n", *shape, str(file), *sound], check=True)
    return file


def codec_of(file: Path) -> str:
    shown = ("-show_entries", "stream=codec_name", "-of", "csv=p=0")
    line = ["ffprobe", "-v", "error", *shown, str(file)]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()


def loudness(file: Path, channel: int) -> float:
    """RMS of one channel, from the whole file decoded."""
    wav = file.with_suffix(".decoded.wav")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(file), str(wav)], check=True)
    line = ["sox", str(wav), "-n", "remix", str(channel), "stat"]
    told = subprocess.run(line, check=True, capture_output=True, text=True).stderr
    [rms] = [text.split()[-1] for text in told.splitlines() if "RMS     amplitude" in text]
    return float(rms)


@pytest.mark.parametrize(("format", "codec"), [(Format.MP3, "mp3"), (Format.OPUS, "opus")])
async def test_a_recording_becomes_what_the_setting_says(
    shelf: Shelf, tone: bytes, format: Format, codec: str
) -> None:
    made = await make(shelf, part(shelf, tone), format=format)
    sound = await ffmpeg.probe(made.file)
    assert (codec_of(made.file), made.note, made.file.suffix) == (codec, "", f".{format}")
    assert sound.seconds == pytest.approx(2.0, abs=0.2)
    assert loudness(made.file, 1) > 0.1


async def test_a_wav_stays_the_file_it_is(shelf: Shelf, tone: bytes) -> None:
    file = part(shelf, tone)
    assert await make(shelf, file) == Made(file)


@pytest.mark.parametrize("format", list(Format))
async def test_two_sides_become_one_channel_each_as_long_as_the_longer(
    shelf: Shelf, tmp_path: Path, format: Format
) -> None:
    loud, soft = sine(tmp_path / "r.wav", 2, 440), sine(tmp_path / "t.wav", 1, 300, 0.1)
    made = await make(shelf, loud, soft, format=format)
    sound = await ffmpeg.probe(made.file)
    assert (sound.channels, made.note) == (2, "")
    assert sound.seconds == pytest.approx(2.0, abs=0.2)
    assert loudness(made.file, 1) > 5 * loudness(made.file, 2) > 0.01


async def test_what_ffmpeg_cannot_read_is_handed_out_as_it_is(shelf: Shelf) -> None:
    file = part(shelf, b"no sound at all")
    made = await make(shelf, file, format=Format.MP3)
    assert made.file == file
    assert made.note.startswith("could not be converted, the original is delivered: ")
    assert list((shelf.root / ".part").iterdir()) == [file]


async def test_a_conversion_that_takes_too_long_is_given_up(shelf: Shelf, tone: bytes) -> None:
    file = part(shelf, tone)
    made = await make(shelf, file, format=Format.MP3, convert_within=timedelta(milliseconds=1))
    assert (made.file, "took longer" in made.note) == (file, True)


async def test_without_ffmpeg_the_original_is_handed_out_and_it_is_said(
    shelf: Shelf, tone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    file = part(shelf, tone)
    assert await make(shelf, file, format=Format.OPUS) == Made(file, ABSENT)


@pytest.mark.parametrize("printed", ["no JSON", "[]", '{"streams": [{"channels": 1}]}'])
async def test_an_ffprobe_that_prints_something_else_has_found_no_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str
) -> None:
    program = tmp_path / "ffprobe"
    program.write_text(f"#!/bin/sh\necho '{printed}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ffmpeg.Failed, match="there is no sound in it"):
        await ffmpeg.probe(tmp_path / "call.wav")


async def test_a_stop_ends_ffmpeg_with_us(shelf: Shelf, tmp_path: Path) -> None:
    long = sine(tmp_path / "long.wav", 600, 440)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(make(shelf, long, format=Format.MP3))
        await until(lambda: asyncio.to_thread(running, long), "ffmpeg at work")
        task.cancel()
    assert running(long) == []


def running(file: Path) -> list[str]:
    """Processes that work on this file."""
    lines = [_line(each) for each in Path("/proc").glob("[0-9]*/cmdline")]
    return [line for line in lines if f"file:{file}" in line]


def _line(process: Path) -> str:
    try:
        return process.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
