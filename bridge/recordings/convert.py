"""What is handed out is made of what the PBX wrote: smaller, and of two sides one stereo file.

    sides   format      made
    ------  ----------  ------------------------------------------------------
    one     wav         nothing: it stays as the PBX wrote it
    one     mp3, opus   the same sound, encoded
    two     any         one channel each: left what the client said, right what was said to him

Whatever goes wrong, the original is handed out instead, and a note says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.recordings import ffmpeg
from bridge.recordings.settings import Format, RecordingPolicy
from bridge.recordings.shelf import Shelf, size_of
from bridge.recordings.threads import DiskThreads

_CODECS: Final = {
    Format.WAV: ("-c:a", "pcm_s16le"),
    Format.MP3: ("-c:a", "libmp3lame"),
    Format.OPUS: ("-c:a", "libopus"),
}
ABSENT: Final = "ffmpeg is not installed; the original is delivered (apt install ffmpeg)"
_APART: Final = 0.5  # seconds by which the length may differ, and this part of it
_PART: Final = 0.01


@dataclass(frozen=True, slots=True)
class Made:
    """`file` is what to keep; `note` says why it is not what was asked for."""

    file: Path
    note: str = ""


class Converter:
    """Shared by every PBX, so that at most `policy.at_once` conversions run at a time."""

    def __init__(self, policy: RecordingPolicy) -> None:
        self._policy = policy
        self._room = asyncio.Semaphore(policy.at_once)

    async def make(self, sides: Sequence[Path], shelf: Shelf, threads: DiskThreads) -> Made:
        """One file of the sides, on the shelf's desk. Raises OSError when our disk is full."""
        wanted = self._policy.format
        if len(sides) == 1 and (wanted is Format.WAV or sides[0].suffix == f".{wanted}"):
            return Made(sides[0])
        if not ffmpeg.installed():
            return Made(sides[0], ABSENT)
        part = await threads.run(shelf.part, f".{wanted}")
        try:
            async with self._room:
                await self._encode(sides, part)
        except ffmpeg.Failed as error:
            await threads.run(part.unlink, missing_ok=True)
            return Made(sides[0], f"could not be converted, the original is delivered: {error}")
        return Made(part)

    async def _encode(self, sides: Sequence[Path], part: Path) -> None:
        """Raises ffmpeg.Failed unless the part has the sound of the sides, as long as they are."""
        policy = self._policy
        rate = () if policy.format is Format.WAV else ("-b:a", f"{policy.bitrate}k")
        codec = (*_CODECS[policy.format], *rate)
        await ffmpeg.encode(sides, part, codec, policy.convert_within.total_seconds())
        before = max([(await ffmpeg.probe(side)).seconds for side in sides])
        after = await ffmpeg.probe(part)
        if size_of(part) == 0 or abs(after.seconds - before) > _APART + before * _PART:
            raise ffmpeg.Failed(f"{before:.1f} seconds became {after.seconds:.1f}")
        if after.channels < len(sides):
            raise ffmpeg.Failed("a side is missing in it")
