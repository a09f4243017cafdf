"""Recordings on another host, over SFTP. Needs the extra `sftp`; without it `check` says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from bridge.recordings import wav
from bridge.recordings.paths import Outside, below
from bridge.recordings.ready import Seen
from bridge.recordings.settings import REMOTE, SftpSource
from bridge.recordings.source import CHUNK, HEAD, SourceFailed, named_wav

if TYPE_CHECKING:
    from asyncssh import SFTPClient, SSHClientConnection

_WITHIN: Final = 30.0  # seconds for one request
_KEEPALIVE: Final = 30


def installed() -> bool:
    return find_spec("asyncssh") is not None


class SftpFolder:
    """One connection, made when it is needed and made anew when it broke."""

    def __init__(self, settings: SftpSource, folder: PurePosixPath) -> None:
        self.patience = REMOTE
        self._settings = settings
        self._folder = folder
        self._there = settings.folder or folder
        self._connection: SSHClientConnection | None = None
        self._client: SFTPClient | None = None
        self._connecting = asyncio.Lock()

    async def look(self, pbx_path: str) -> Seen:
        try:
            size, head = await self._head(pbx_path)
        except FileNotFoundError:
            return Seen()
        except SourceFailed as error:
            return Seen(size=0, readable=False, named_wav=named_wav(pbx_path), detail=str(error))
        header = wav.read(BytesIO(head), size)
        return Seen(size=size, named_wav=named_wav(pbx_path), wav=header)

    async def read(self, pbx_path: str) -> AsyncIterator[bytes]:
        place = 0
        while data := await self._part(pbx_path, place, CHUNK):
            place += len(data)
            yield data

    async def close(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.close()

    async def _head(self, pbx_path: str) -> tuple[int, bytes]:
        """The size and the first bytes. Raises FileNotFoundError or SourceFailed."""
        from asyncssh import Error

        path = self._path(pbx_path)
        try:
            async with asyncio.timeout(_WITHIN):
                client = await self._connected()
                size = (await client.stat(path)).size or 0
        except (OSError, Error) as error:
            raise await self._failed(error) from error
        return size, await self._part(pbx_path, 0, HEAD) if size else b""

    async def _part(self, pbx_path: str, start: int, size: int) -> bytes:
        """Raises FileNotFoundError or SourceFailed."""
        from asyncssh import Error

        path = self._path(pbx_path)
        try:
            async with asyncio.timeout(_WITHIN):
                client = await self._connected()
                async with client.open(path, "rb") as file:
                    data = await file.read(size, start)
                    return data if isinstance(data, bytes) else data.encode()
        except (OSError, Error) as error:
            raise await self._failed(error) from error

    def _path(self, pbx_path: str) -> str:
        try:
            return str(self._there / below(pbx_path, self._folder))
        except Outside as error:
            raise SourceFailed(str(error)) from error

    async def _connected(self) -> SFTPClient:
        """Raises what asyncssh raises."""
        import asyncssh

        async with self._connecting:
            if self._client is not None and self._connection and not self._connection.is_closed():
                return self._client
            settings = self._settings
            self._connection = await asyncssh.connect(
                settings.host,
                settings.port,
                username=settings.username,
                password=settings.password and settings.password.get_secret_value(),
                client_keys=[str(settings.key)] if settings.key else None,
                known_hosts=str(settings.known_hosts),
                agent_path=None,
                config=None,
                keepalive_interval=_KEEPALIVE,
            )
            self._client = await self._connection.start_sftp_client()
            return self._client

    async def _failed(self, error: Exception) -> Exception:
        """What to raise of it; a connection that may be broken is not used again."""
        import asyncssh

        if isinstance(error, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath):
            return FileNotFoundError(str(error))
        if isinstance(error, asyncssh.SFTPPermissionDenied):
            return SourceFailed("the SFTP server does not let us read the file: give it the right")
        await self.close()
        if isinstance(error, asyncssh.HostKeyNotVerifiable):
            return SourceFailed(
                "the SFTP server's key is not the one in known_hosts: is it the right server?"
            )
        if isinstance(error, asyncssh.PermissionDenied):
            return SourceFailed(
                "the SFTP server refuses our user, key or password: correct recordings.source"
            )
        return SourceFailed(f"the SFTP server does not answer: {type(error).__name__}")
