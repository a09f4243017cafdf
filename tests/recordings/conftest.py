"""Sound files made by the tools that people have: sox and ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Where the PBX writes, as this machine sees it."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def tone(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of 8 kHz mono, as MixMonitor writes it: a 44-byte header and 32000 of sound."""
    file = tmp_path_factory.mktemp("sox") / "tone.wav"
    _run("sox", "-n", "-r", "8000", "-c", "1", "-b", "16", str(file), "synth", "2", "sine", "440")
    return file.read_bytes()


@pytest.fixture(scope="session")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A WAV that ffmpeg wrote into a pipe: it could not go back to write the sizes."""
    made = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=2:r=8000", "-f", "wav", "-"],
        stdout=subprocess.PIPE,
        check=True,
    )
    return made.stdout


@pytest.fixture(scope="session")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A WAV that ffmpeg gave a title: a chunk more before or behind the sound."""
    file = tmp_path_factory.mktemp("ffmpeg") / "tagged.wav"
    line = "ffmpeg -v error -f lavfi -i sine=d=2:r=8000 -metadata title=call"
    _run(*line.split(), str(file))
    return file.read_bytes()


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
