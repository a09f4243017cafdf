"""The journal of calls in progress: the PBX's own messages about them, in a file.

The file is a raw capture, so `asterisk-bridge replay` shows what a restart will find. Writing is
done by a thread of its own: nobody who adds a message waits for the disk. A disk that refuses is
tried again; one that stays away for so long that memory fills up costs the journal a gap.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import structlog

from bridge.link.dialect import Dialect
from bridge.storage.shortening import MODE, Shortening

T = TypeVar("T")

_TOO_LONG: Final = 4 * 1024 * 1024
_MOST_WAITING: Final = 64 * 1024 * 1024  # characters in memory
_AGAIN: Final = 1.0  # seconds after the disk refused
_CHUNK: Final = 1 << 18
_PATIENCE: Final = 0.05  # seconds that a message waits for others: a thread is woken for each write

log = structlog.get_logger(__name__)


class EventJournal:
    """One file. `run` writes; `add`, `forget` and `compact` only say what is to be written.

    `too_long` in bytes, `most_waiting` in characters.
    """

    def __init__(
        self,
        path: Path,
        dialect: Dialect,
        *,
        too_long: int = _TOO_LONG,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self._path = path
        self._dialect = dialect
        self._too_long = too_long
        self._most_waiting = most_waiting
        self._waiting: list[str] = []
        self._waiting_size = 0
        self._size = _whole(path, dialect.end)
        self._forgotten = 0  # how often: what was under way to the disk then is not needed
        self._mentioned: Callable[[], set[str] | None] | None = None
        self._something = asyncio.Event()
        self._stopping = asyncio.Event()
        self._disk = ThreadPoolExecutor(1, f"journal {path.stem}")

    def read(self) -> Iterator[bytes]:
        """What the last process left. A message cut off by its end is the reader's to pass over."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def add(self, text: str) -> None:
        """Keep this message; returns at once."""
        if self._waiting_size + len(text) > self._most_waiting:
            log.error("journal.gap", file=str(self._path), act="see why the disk does not write")
            self._waiting, self._waiting_size = [self._dialect.gap], len(self._dialect.gap)
        self._waiting.append(text)
        self._waiting_size += len(text)
        self._something.set()

    def forget(self) -> None:
        """Nothing that was added is needed any more."""
        if self._size or self._waiting:
            self._waiting, self._waiting_size = [], 0
            self._size = 0
            self._forgotten += 1
            self._mentioned = None
            self._something.set()

    def compact(self, mentioned: Callable[[], set[str] | None]) -> None:
        """If the file has grown too long, keep only messages that name one of these channels. They
        are asked for when the disk has time for it; None: everything is needed then."""
        if self._size > self._too_long:
            self._mentioned = mentioned
            self._something.set()

    def stop(self) -> None:
        """`run` writes what waits and returns."""
        self._stopping.set()
        self._something.set()

    async def run(self) -> None:
        """Until `stop`. A disk that refuses is said once in each row of refusals."""
        refused = False
        while not (self._stopping.is_set() and not self._something.is_set()):
            await self._something.wait()
            if not self._stopping.is_set():
                await asyncio.sleep(_PATIENCE)
            self._something.clear()
            try:
                await self._write()
                refused = False
            except OSError as error:
                tell = log.debug if refused else log.error
                tell(
                    "journal.not_written",
                    file=str(self._path),
                    error=error.strerror,
                    act="free space on this disk; a daemon that dies now forgets calls in progress",
                )
                refused = True
                self._something.set()
                await asyncio.sleep(_AGAIN)

    async def _write(self) -> None:
        """All that waits, behind what is needed of the file. Raises OSError, and keeps all then."""
        if self._mentioned is not None:
            if (keep := self._mentioned()) is not None:
                await self._shorten(keep)
            self._mentioned = None
        await self._append()

    async def _append(self) -> None:
        """All that waits. Raises OSError, and keeps it then."""
        text, self._waiting, self._waiting_size = "".join(self._waiting), [], 0
        forgotten = self._forgotten
        try:
            size = await self._on_disk(_write_at, self._path, text, self._size)
        except OSError:
            if self._forgotten == forgotten:
                self._waiting = [text, *self._waiting]
                self._waiting_size += len(text)
            raise
        if self._forgotten == forgotten:
            self._size = size

    async def _shorten(self, keep: set[str]) -> None:
        """A disk without room for it, or a journal forgotten meanwhile, leaves the file as it is.
        What is added meanwhile is written as ever."""
        forgotten = self._forgotten
        shortening = Shortening(self._path, self._dialect, keep, self._size)
        try:
            await self._on_disk(shortening.begin)
            while await self._on_disk(shortening.go_on) and self._forgotten == forgotten:
                if self._waiting:
                    await self._append()
            if self._forgotten == forgotten:
                size = await self._on_disk(shortening.finish)
                self._too_long = max(self._too_long, 2 * size)
                self._size = size if self._forgotten == forgotten else 0
        except OSError:
            log.warning("journal.not_shortened", file=str(self._path))
        finally:
            await self._on_disk(shortening.give_up)

    async def _on_disk(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *args)


def _whole(path: Path, end: bytes) -> int:
    """Bytes up to the end of the last whole message: a process may have died while writing."""
    if not path.exists():
        return 0
    found = path.read_bytes().rfind(end)
    return found + len(end) if found >= 0 else 0


def _write_at(path: Path, text: str, at: int) -> int:
    """Everything behind `at` is replaced; the new size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_RDWR | os.O_CREAT, MODE), "r+b", buffering=0) as file:
        file.truncate(at)
        file.seek(at)
        rest = memoryview(text.encode("utf-8", "replace"))
        while rest:
            rest = rest[file.write(rest) :]
        return file.tell()
