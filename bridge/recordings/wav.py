"""The WAV header: what it says of the sound, whether it fits the file, and how to mend it.

Asterisk writes the sizes into the header only when it closes the file (format_wav.c), so a header
that fits is the sign that the recording is whole; one that stayed behind a crash can be mended.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

_CHUNK: Final = struct.Struct("<4sI")
_FORMAT: Final = struct.Struct("<HHIIHH")  # code, channels, rate, bytes a second, block, bits
_CHUNKS: Final = 64  # a header with more than this is no recording


@dataclass(frozen=True, slots=True)
class Wav:
    """`declared` bytes of sound by the header, `present` in the file, which begin at `start`."""

    bytes_per_second: int
    start: int
    declared: int
    present: int

    @property
    def whole(self) -> bool:
        """Whether the header tells the size of the sound that is there."""
        return self.declared == self.present

    @property
    def seconds(self) -> float:
        """How long the sound in the file lasts."""
        return self.present / self.bytes_per_second


def read(file: BinaryIO, size: int) -> Wav | None:
    """The header of a file of `size` bytes; None when it is no WAV."""
    riff, _ = _chunk(file.read(_CHUNK.size))
    if riff != b"RIFF" or file.read(4) != b"WAVE":
        return None
    rate = 0
    for _ in range(_CHUNKS):
        name, length = _chunk(file.read(_CHUNK.size))
        if name == b"data":
            present = size - file.tell()
            # other chunks may stand behind the sound; then the header is the one to believe
            sound = length if 0 < length < present else present
            return Wav(rate, file.tell(), length, sound) if rate else None
        if name == b"":
            return None
        if name == b"fmt ":
            rate = _bytes_per_second(file.read(_FORMAT.size))
            length -= _FORMAT.size
        file.seek(length + (length & 1), 1)
    return None


def mend(file: BinaryIO, wav: Wav) -> None:
    """Write the sizes that fit the sound into the header of a file open for writing."""
    file.seek(4)
    file.write(struct.pack("<I", wav.start + wav.present - 8))
    file.seek(wav.start - 4)
    file.write(struct.pack("<I", wav.present))


def _chunk(data: bytes) -> tuple[bytes, int]:
    return _CHUNK.unpack(data) if len(data) == _CHUNK.size else (b"", 0)


def _bytes_per_second(data: bytes) -> int:
    if len(data) < _FORMAT.size:
        return 0
    speed: int = _FORMAT.unpack(data)[3]
    return speed
