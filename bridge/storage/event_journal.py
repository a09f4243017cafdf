"""The journal of calls in progress: the PBX's own messages about them, in a file.

The file is a raw capture, so `asterisk-bridge replay` shows what a restart will find. Writing is
done by a task of its own: nobody who adds a message waits for the disk.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

_TOO_LONG: Final = 16 * 1024 * 1024
_CHUNK: Final = 1 << 18
_PATIENCE: Final = 0.05  # seconds that a message waits for others: a thread is woken for each write
_ENDS: Final = "\r\n\r\n"
_CHANNELS: Final = re.compile(r"\r\n\w*(?:Uniqueid|Linkedid): ([^\r]+)")


class EventJournal:
    """One file. `run` writes; `add`, `forget` and `compact` only say what is to be written."""

    def __init__(self, path: Path, too_long: int = _TOO_LONG) -> None:
        self._path = path
        self._too_long = too_long
        self._waiting: list[str] = []
        self._size = path.stat().st_size if path.exists() else 0
        self._emptying = False
        self._mentioned: Callable[[], set[str]] | None = None
        self._something = asyncio.Event()
        self._stopping = False

    def read(self) -> Iterator[bytes]:
        """What the last process left. A message cut off by its end is the reader's to pass over."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def add(self, text: str) -> None:
        self._waiting.append(text)
        self._something.set()

    def forget(self) -> None:
        if self._size or self._waiting:
            self._waiting.clear()
            self._emptying = True
            self._something.set()

    def compact(self, mentioned: Callable[[], set[str]]) -> None:
        if self._size > self._too_long:
            self._mentioned = mentioned
            self._something.set()

    def stop(self) -> None:
        """`run` writes what waits and returns."""
        self._stopping = True
        self._something.set()

    async def run(self) -> None:
        """Raises OSError when the disk refuses; what waits stays and is written by the next run."""
        while not (self._stopping and not self._waiting):
            await self._something.wait()
            if not self._stopping:
                await asyncio.sleep(_PATIENCE)
            self._something.clear()
            await self._write()

    async def _write(self) -> None:
        if self._mentioned is not None:
            keep, self._mentioned = self._mentioned(), None
            self._size = await asyncio.to_thread(_shorten, self._path, keep)
            self._too_long = max(self._too_long, 2 * self._size)
        emptying, self._emptying = self._emptying, False
        text, taken = "".join(self._waiting), len(self._waiting)
        try:
            self._size = await asyncio.to_thread(_append, self._path, text, emptying)
        except OSError:
            self._emptying = self._emptying or emptying
            self._something.set()
            raise
        del self._waiting[:taken]


def _append(path: Path, text: str, emptying: bool) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb" if emptying else "ab") as file:
        file.write(text.encode("utf-8", "replace"))
        return file.tell()


def _shorten(path: Path, keep: set[str]) -> int:
    """Only the messages that name one of these channels, and the gaps."""
    text = path.read_bytes().decode("utf-8", "replace")
    kept = [
        message + _ENDS
        for message in text.split(_ENDS)
        if message and (not (named := _CHANNELS.findall(message)) or keep.intersection(named))
    ]
    part = path.with_suffix(".part")
    part.write_bytes("".join(kept).encode())
    part.replace(path)
    return path.stat().st_size
