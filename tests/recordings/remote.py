"""Collecting from another host: what is the same for a web server and an SFTP server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge.domain.record import Recording
from bridge.recordings.collector import Collected, Collector
from bridge.recordings.convert import Converter
from bridge.recordings.settings import RecordingPolicy
from bridge.recordings.shelf import Shelf
from bridge.recordings.source import Source

MONITOR = "/var/spool/asterisk/monitor"
STOPPED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def collect(source: Source, keep: Path, path: str = "2026/a.wav") -> Collected:
    """The recording at `path` of the PBX, by a clock that goes as fast as it is asked to."""
    clock = [STOPPED]

    async def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    collector = Collector(
        source, Shelf(keep), Converter(RecordingPolicy()), now=lambda: clock[0], sleep=sleep
    )
    wanted = path if path.startswith("/") else f"{MONITOR}/{path}"
    return await collector.collect(Recording(id="pbx-1.1/0", pbx_path=wanted), STOPPED)


def content(file: str | Path) -> bytes:
    return Path(file).read_bytes()
