"""The shelf: our own copies of the recordings, each under a name made from its id alone."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Final

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


class Shelf:
    """Blocking: call from a thread. A copy is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, source: Path, id: str, *, mend: bool = False) -> Path:
        """Our copy of `source`, mended where asked. Raises OSError."""
        target = self._name(id, source.suffix.casefold())
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = target.with_name(f".{target.name}.part")
        try:
            shutil.copyfile(source, copy)
            with copy.open("r+b") as file:
                if mend and (header := wav.read(file, copy.stat().st_size)):
                    wav.mend(file, header)
                file.flush()
                os.fsync(file.fileno())
            copy.replace(target)
        finally:
            copy.unlink(missing_ok=True)
        return target

    def find(self, id: str) -> Path | None:
        """The copy kept for this id, whatever the id looks like."""
        names = (self._name(id, suffix) for suffix in MEDIA_TYPES)
        return next((each for each in names if each.is_file()), None)

    def _name(self, id: str, suffix: str) -> Path:
        digest = hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()
        safe = re.sub(r"[^A-Za-z0-9.-]+", "_", id).strip("._")[:80]
        suffix = suffix if suffix in MEDIA_TYPES else ".bin"
        return self.root / digest[:2] / f"{safe}-{digest[:8]}{suffix}"


def seconds(file: Path) -> float | None:
    """How long the recording lasts, where its header tells."""
    with file.open("rb") as opened:
        header = wav.read(opened, file.stat().st_size)
    return header.seconds if header else None
