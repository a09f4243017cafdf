"""Where recordings lie: a folder that this machine sees, or a PBX that is asked over a network."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from stat import S_ISREG
from typing import BinaryIO, Final, Protocol

from bridge.recordings import wav
from bridge.recordings.paths import Outside, locate
from bridge.recordings.ready import Seen
from bridge.recordings.settings import PathMapping, Patience
from bridge.recordings.threads import DiskThreads

CHUNK: Final = 1024 * 1024
HEAD: Final = 64 * 1024  # a WAV's header is in here


class SourceFailed(Exception):
    """The file is there and cannot be had now; the text says what to look at."""


class Source(Protocol):
    """Reads a file by the path that the PBX named. Whatever is wrong with it is an answer."""

    patience: Patience

    async def look(self, pbx_path: str) -> Seen: ...

    def read(self, pbx_path: str) -> AsyncIterator[bytes]:
        """The file in pieces. Raises FileNotFoundError when it has gone, else SourceFailed."""
        ...

    async def close(self) -> None: ...


def named_wav(pbx_path: str) -> bool:
    return pbx_path.casefold().endswith(".wav")


class Folder:
    """A folder on a disk or a share mounted here."""

    def __init__(
        self,
        folders: Sequence[PathMapping],
        patience: Patience,
        threads: DiskThreads | None = None,
    ) -> None:
        self.patience = patience
        self._folders = folders
        self.threads = threads or DiskThreads()

    async def look(self, pbx_path: str) -> Seen:
        try:
            return await self.threads.run(self._look, pbx_path)
        except FileNotFoundError:
            return Seen()
        except Outside as error:
            return Seen(size=0, readable=False, detail=str(error))
        except OSError as error:
            why = error.strerror or str(error)
            return Seen(size=0, readable=False, named_wav=named_wav(pbx_path), detail=why)

    async def read(self, pbx_path: str) -> AsyncIterator[bytes]:
        file: BinaryIO | None = None
        try:
            file = await self.threads.run(self._open, pbx_path)
            while data := await self.threads.run(file.read, CHUNK):
                yield data
        except FileNotFoundError:
            raise
        except (Outside, OSError) as error:
            raise SourceFailed(getattr(error, "strerror", None) or str(error)) from error
        finally:
            if file is not None:
                with suppress(OSError):
                    await self.threads.run(file.close)

    async def close(self) -> None: ...

    def _look(self, pbx_path: str) -> Seen:
        with self._open(pbx_path) as file:
            size = os.fstat(file.fileno()).st_size
            return Seen(size=size, named_wav=named_wav(pbx_path), wav=wav.read(file, size))

    def _open(self, pbx_path: str) -> BinaryIO:
        """A pipe would keep its reader waiting for ever, and a device has no end."""
        path = locate(pbx_path, self._folders)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except BlockingIOError:  # a share lends this file to another machine, and asks for it
            handle = os.open(path, os.O_RDONLY)
        if not S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise Outside("the path of a recording leads to what is no file")
        return os.fdopen(handle, "rb")
