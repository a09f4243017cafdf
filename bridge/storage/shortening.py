"""A journal is made short: a little at a time, beside those who go on writing to it."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from bridge.link.dialect import Dialect

# The interpreter is shared with the loop: a thread that computes for long makes each of its turns
# wait, and so every call.
_PIECE: Final = 1 << 14
MODE: Final = 0o640  # of a journal: there are numbers in it


class Shortening:
    """Of the first `size` bytes only the messages that name one of the channels `keep`, and those
    that name none, go into a file beside the journal, which takes its place at the end. Each step
    blocks, and raises OSError."""

    def __init__(self, path: Path, dialect: Dialect, keep: set[str], size: int) -> None:
        self._path = path
        self._part = path.with_suffix(".part")
        self._dialect = dialect
        self._keep = {uniqueid.encode() for uniqueid in keep}
        self._size = size
        self._read = 0
        self._rest = b""
        self._files = ExitStack()
        self._long: BinaryIO
        self._short: BinaryIO

    def begin(self) -> None:
        """Open both files. What an earlier one left half done is gone."""
        self._part.unlink(missing_ok=True)
        self._long = self._files.enter_context(self._path.open("rb"))
        made = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        self._short = self._files.enter_context(os.fdopen(made, "wb"))

    def go_on(self) -> bool:
        """Some messages more; whether there are others after them."""
        # A long message is not put together of many small pieces.
        most = min(max(_PIECE, len(self._rest)), self._size - self._read)
        piece = self._long.read(most)
        self._read += len(piece)
        *messages, self._rest = (self._rest + piece).split(self._dialect.end)
        self._short.writelines(
            message + self._dialect.end for message in messages if message and self._kept(message)
        )
        return bool(piece) and self._read < self._size

    def finish(self) -> int:
        """What was written to the journal meanwhile comes behind; the new size."""
        with self._files:
            self._long.seek(self._size)
            shutil.copyfileobj(self._long, self._short)
            size = self._short.tell()
        self._part.replace(self._path)
        return size

    def give_up(self) -> None:
        """The journal stays as it is; never raises."""
        for let_go in (self._files.close, partial(self._part.unlink, missing_ok=True)):
            with suppress(OSError):  # a full disk refuses what is still to be written
                let_go()

    def _kept(self, message: bytes) -> bool:
        named = self._dialect.channels.findall(message)
        return not named or not self._keep.isdisjoint(named)
