"""The shelf: our own copies of the recordings, each under a name made from its id alone."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Final
from uuid import uuid4

from bridge.recordings import wav

# What a copy may be named and how it is handed out; a recording of another kind is kept as .bin.
MEDIA_TYPES: Final = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".gsm": "audio/gsm",
    ".bin": "application/octet-stream",
}
_DESK: Final = ".part"  # where copies are made, on the same disk


class Shelf:
    """Blocking: call from a thread. A copy is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def part(self, suffix: str) -> Path:
        """A new empty file to work on; `place` takes it, and a start clears what was left."""
        suffix = suffix.casefold()
        desk = self.root / _DESK
        desk.mkdir(parents=True, exist_ok=True)
        part = desk / f"{uuid4().hex}{suffix if suffix in MEDIA_TYPES else '.bin'}"
        part.touch()
        return part

    def place(self, part: Path, id: str) -> Path:
        """The part as our copy of this recording, in place of any other. Raises OSError."""
        target = self._name(id, part.suffix)
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        for suffix in MEDIA_TYPES:
            if (other := self._name(id, suffix)) != target:
                other.unlink(missing_ok=True)
        return target

    def find(self, id: str) -> Path | None:
        """The copy kept for this id, whatever the id looks like."""
        names = (self._name(id, suffix) for suffix in MEDIA_TYPES)
        return next((each for each in names if each.is_file()), None)

    def erase(self, id: str) -> None:
        """No copy of this id is left. Raises OSError."""
        for suffix in MEDIA_TYPES:
            self._name(id, suffix).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Clear what a process that died was working on. Raises OSError."""
        shutil.rmtree(self.root / _DESK, ignore_errors=True)

    def size(self) -> int:
        """Bytes of all copies."""
        files = (Path(folder) / name for folder, _, names in os.walk(self.root) for name in names)
        return sum(size_of(file) for file in files)

    def _name(self, id: str, suffix: str) -> Path:
        digest = hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()
        safe = re.sub(r"[^A-Za-z0-9.-]+", "_", id).strip("._")[:80]
        suffix = suffix if suffix in MEDIA_TYPES else ".bin"
        return self.root / digest[:2] / f"{safe}-{digest[:8]}{suffix}"


def size_of(file: Path) -> int:
    """Bytes, 0 of a file that is not there."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def append(part: Path, data: bytes) -> None:
    with part.open("ab") as file:
        file.write(data)


def mend(part: Path) -> None:
    """Give a WAV a header that fits its sound. Raises OSError."""
    with part.open("r+b") as file:
        if header := wav.read(file, part.stat().st_size):
            wav.mend(file, header)
