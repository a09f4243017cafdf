"""ARI's requests: sent once, answered in time, refused in words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, NoReturn

import aiohttp

from bridge.ari.message import read
from bridge.ari.settings import AriSettings
from bridge.link.errors import LinkDown, LinkError, NoAnswer, Refused, Unreachable
from bridge.link.unreached import reason

_CONNECTIONS: Final = 8  # at once; Asterisk's `sessionlimit` is 100, for everybody together
_LONGEST: Final = 64 * 1024 * 1024  # of an answer, in bytes


@asynccontextmanager
async def reading(settings: AriSettings) -> AsyncIterator[Rest]:
    """Requests of a moment: no events are asked for. Raises LinkError, in words."""
    rest = Rest(settings)
    try:
        yield rest
    except NotThere as error:
        raise no_ari(settings) from error
    finally:
        await rest.close()


def no_ari(settings: AriSettings) -> Unreachable:
    """There is a server at this address, and no ARI: so it is, too, while Asterisk starts, and
    tried again soon."""
    return Unreachable(
        f"there is no ARI at {settings.url}: see that res_ari.so is loaded, that ari.conf has"
        " enabled=yes, and that `prefix` of http.conf stands in ari.url"
    )


class NotThere(LinkError):
    """What was asked for has gone meanwhile (a channel that ended, an application)."""


class Failed(LinkDown):
    """ARI understood us and did not do it: the HTTP status says why."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"ARI says HTTP {status} to {what}")
        self.status = status


class Rest:
    """Requests to one Asterisk. Everything raises LinkError. `close` when it is not needed."""

    def __init__(self, settings: AriSettings) -> None:
        self._settings = settings
        try:
            context = settings.tls_context()
        except OSError as error:
            raise Unreachable(f"TLS settings: {error}; check ari.tls_ca") from error
        password = settings.password.get_secret_value()
        self.http = aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth(settings.username, password)},
            connector=aiohttp.TCPConnector(ssl=context, limit=_CONNECTIONS),
            timeout=aiohttp.ClientTimeout(
                total=settings.answer_seconds, sock_connect=settings.connect_seconds
            ),
        )

    def address(self, path: str) -> str:
        """The address of one resource."""
        return f"{self._settings.url.rstrip('/')}/ari/{path}"

    async def get(self, path: str, **query: str) -> Any:
        """What there is, read."""
        return await self.ask("GET", path, query)

    async def ask(self, method: str, path: str, query: dict[str, str], body: Any = None) -> Any:
        """One request; None where the answer has no content. Raises NotThere for a 404."""
        try:
            async with self.http.request(
                method,
                self.address(path),
                params=query,
                json=body,
                server_hostname=self._settings.tls_name,
            ) as answer:
                if answer.status >= 400:
                    self.refuse(answer.status, path)
                return _read(await _whole(answer.content))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self.failure(error) from error

    def refuse(self, status: int, path: str) -> NoReturn:
        """Raise what this status of an answer means."""
        user = self._settings.username
        if status == 401:
            raise Refused(
                f"Asterisk refuses ARI user {user!r}: compare its password with section [{user}]"
                " of ari.conf, then `module reload res_ari.so`"
            )
        if status == 403:
            raise Refused(
                f"ARI user {user!r} may not do this ({path.partition('/')[0]}): take read_only out"
                f" of section [{user}] of ari.conf, then `module reload res_ari.so`"
            )
        if status == 404:
            raise NotThere(f"{path.partition('/')[0]}: not there (HTTP 404)")
        raise Failed(status, path.partition("/")[0])

    def failure(self, error: Exception) -> LinkError:
        """What a failed request means; where it may have arrived, it says so."""
        url = self._settings.url
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL):
            return Unreachable(f"{url}: {reason(error)}; {_hint(error)}")
        if isinstance(error, TimeoutError | asyncio.TimeoutError):
            return NoAnswer(f"no answer from {url} in time", sent=True)
        return LinkDown(f"{url}: {reason(error)}", sent=True)

    async def close(self) -> None:
        await self.http.close()


_TLS: Final = (aiohttp.ClientConnectorSSLError, aiohttp.ClientConnectorCertificateError)


def _hint(error: Exception) -> str:
    if isinstance(error, _TLS):
        return "check ari.tls_ca"
    unknown = isinstance(error, aiohttp.ClientConnectorDNSError | aiohttp.InvalidURL)
    return "is ari.url right?" if unknown else "is HTTP on in http.conf?"


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """A list of a busy PBX comes in many pieces. Raises LinkDown past a bound."""
    found = bytearray()
    async for piece in content.iter_any():
        found += piece
        if len(found) > _LONGEST:
            raise LinkDown(f"ARI answers more than {_LONGEST} bytes")
    return bytes(found)


def _read(content: bytes) -> Any:
    if not content:
        return None
    try:
        return read(content.decode())
    except (ValueError, RecursionError) as error:
        raise LinkDown("ARI answers no JSON: is there another server at ari.url?") from error
