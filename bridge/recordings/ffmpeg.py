"""ffmpeg and ffprobe as programs beside ours: niced, bounded in time, gone when we stop."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NICE: Final = ("nice", "-n", "15")  # calls go before recordings
_PROBE_WITHIN: Final = 30.0
_SAID: Final = 200  # characters of what ffmpeg complained about
_MOST_SAID: Final = 64 * 1024


class Failed(Exception):
    """ffmpeg could not do it; the text is its own last line, without paths."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What is in a file: how long, and how many channels."""

    seconds: float
    channels: int


def installed() -> bool:
    """Both programs are on the PATH."""
    return all(shutil.which(name) for name in ("ffmpeg", "ffprobe"))


async def probe(file: Path) -> Sound:
    """Raises Failed when the file has no sound that ffprobe knows."""
    shown = ("-select_streams", "a:0", "-show_entries", "stream=channels:format=duration")
    line = ("ffprobe", "-v", "error", *shown, "-of", "json", f"file:{file}")
    told = await _run(line, _PROBE_WITHIN)
    try:
        found = json.loads(told or b"{}")
        channels = int(found["streams"][0]["channels"])
        return Sound(float(found["format"]["duration"]), channels)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Failed("there is no sound in it") from error


async def encode(sides: Sequence[Path], to: Path, codec: Sequence[str], within: float) -> None:
    """The sides, one channel each, as `to` by `codec`. Raises Failed."""
    given = [word for side in sides for word in ("-i", f"file:{side}")]
    if len(sides) > 1:
        longest = max([(await probe(side)).seconds for side in sides])
        given += ["-filter_complex", _stereo(longest), "-map", "[all]"]
    line = ("ffmpeg", "-nostdin", "-v", "error", "-y", *given, "-map_metadata", "-1", "-vn", *codec)
    await _run((*_NICE, *line, f"file:{to}"), within)


def _stereo(seconds: float) -> str:
    """A filter that puts two files beside each other, the shorter one with silence at its end."""
    mono = "".join(f"[{n}:a]aformat=channel_layouts=mono,apad[s{n}];" for n in (0, 1))
    return f"{mono}[s0][s1]join=inputs=2:channel_layout=stereo,atrim=end={seconds:.6f}[all]"


async def _run(line: Sequence[str], within: float) -> bytes:
    """Standard output. The program does not outlive this call."""
    try:
        process = await asyncio.create_subprocess_exec(
            *line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_MOST_SAID,
        )
    except OSError as error:
        raise Failed(f"{line[0]} cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(within):
            out, said = await process.communicate()
    except TimeoutError as error:
        raise Failed(f"it took longer than {within:g} seconds") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
    if process.returncode:
        raise Failed(_last_line(said))
    return out


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines() or ["it gave no reason"]
    return lines[-1].rsplit("/", 1)[-1][-_SAID:]
