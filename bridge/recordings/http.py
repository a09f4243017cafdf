"""Recordings on another host, as a web server there shows the folder."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    encode_basic_auth,
)

from bridge.domain.pieces import beginning
from bridge.recordings import wav
from bridge.recordings.paths import Outside, below
from bridge.recordings.ready import Seen
from bridge.recordings.settings import REMOTE, HttpSource
from bridge.recordings.source import CHUNK, HEAD, SourceFailed, named_wav

_LOOK: Final = ClientTimeout(total=30, connect=10)
_READ: Final = ClientTimeout(total=3600, connect=10, sock_read=60)
_GONE: Final = frozenset({404, 410})
_WHY: Final = {
    401: "it refuses our name, password or token: correct recordings.source",
    403: "it does not let us read the file: give our user the right to",
}


class WebFolder:
    """Looks with a request for the first bytes; the answer tells the whole size. A server that
    does not know ranges sends the file, of which only the beginning is read."""

    def __init__(self, settings: HttpSource, folder: PurePosixPath) -> None:
        self.patience = REMOTE
        self._settings = settings
        self._folder = folder
        self._session: ClientSession | None = None

    async def look(self, pbx_path: str) -> Seen:
        try:
            return await self._look(pbx_path)
        except FileNotFoundError:
            return Seen()
        except SourceFailed as error:
            return Seen(size=0, readable=False, named_wav=named_wav(pbx_path), detail=str(error))

    async def read(self, pbx_path: str) -> AsyncIterator[bytes]:
        try:
            answer = await self._ask(pbx_path, {}, _READ)
            async with answer:
                async for data in answer.content.iter_chunked(CHUNK):
                    yield data
        except (ClientError, TimeoutError) as error:
            raise SourceFailed(f"the connection broke: {type(error).__name__}") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _look(self, pbx_path: str) -> Seen:
        try:
            answer = await self._ask(pbx_path, {"Range": f"bytes=0-{HEAD - 1}"}, _LOOK)
            async with answer:
                size = _size(answer)
                head = await beginning(answer.content, min(size, HEAD))
        except (ClientError, TimeoutError) as error:
            why = f"the web server does not answer: {type(error).__name__}"
            raise SourceFailed(why) from error
        header = wav.read(BytesIO(head), size)
        return Seen(size=size, named_wav=named_wav(pbx_path), wav=header)

    async def _ask(
        self, pbx_path: str, headers: dict[str, str], within: ClientTimeout
    ) -> ClientResponse:
        """Raises FileNotFoundError, SourceFailed, ClientError or TimeoutError."""
        try:
            rest = quote(str(below(pbx_path, self._folder)))
        except Outside as error:
            raise SourceFailed(str(error)) from error
        answer = await self._open().get(
            f"{self._settings.url.rstrip('/')}/{rest}",
            headers=headers,
            timeout=within,
            allow_redirects=False,
        )
        if answer.status in (200, 206, 416):
            return answer
        answer.release()
        if answer.status in _GONE:
            raise FileNotFoundError(pbx_path)
        why = _WHY.get(answer.status, "see the log of the web server")
        raise SourceFailed(f"the web server answers {answer.status}: {why}")

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = _session(self._settings)
        return self._session


def _session(settings: HttpSource) -> ClientSession:
    trusted = ssl.create_default_context(cafile=settings.tls_ca)
    headers = {"Accept-Encoding": "identity"}
    if settings.token:
        headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
    elif settings.password:
        password = settings.password.get_secret_value()
        headers["Authorization"] = encode_basic_auth(settings.username, password)
    return ClientSession(headers=headers, connector=TCPConnector(ssl=trusted, limit=16))


def _size(answer: ClientResponse) -> int:
    """Of the whole file. 416: it has no first byte."""
    if answer.status == 416:
        return 0
    told = answer.headers.get("Content-Range", "").rpartition("/")[2]
    if answer.status == 206 and told.isdecimal():
        return int(told)
    if answer.status == 200 and answer.content_length is not None:
        return answer.content_length
    raise SourceFailed("the web server does not tell the size of a file: turn off compression")
