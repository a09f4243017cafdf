"""One request to a receiver of ours, and what its answer means for the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

from bridge.domain.commands import Outcome, Verdict
from bridge.domain.pieces import beginning_or_nothing

_LARGEST_ANSWER: Final = 64 * 1024
_SHOWN: Final = 200  # characters of an answer that people see
# Statuses that say something else than their hundred does.
_VERDICTS: Final = {
    401: Verdict.NEEDS_LOGIN,
    403: Verdict.NEEDS_LOGIN,
    408: Verdict.TRY_LATER,
    425: Verdict.TRY_LATER,
    429: Verdict.TRY_LATER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    url: str
    body: bytes
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


class Poster:
    """Connections to one receiver, kept open between requests; the first makes them."""

    def __init__(self, timeout: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Outcome:
        """Never raises for what the receiver or the network does."""
        try:
            async with self._open().request(
                request.method,
                request.url,
                data=request.body,
                headers=dict(request.headers),
                allow_redirects=False,
            ) as answer:
                said = await beginning_or_nothing(answer.content, _LARGEST_ANSWER)
                return outcome(answer.status, said, answer.headers.get("Retry-After"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            detail = f"the receiver cannot be reached: {type(error).__name__}"
            return Outcome(verdict=Verdict.TRY_LATER, detail=detail)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
            detail = f"this request cannot be sent: {type(error).__name__}"
            return Outcome(verdict=Verdict.REFUSED, detail=detail)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            detail = f"no answer: {type(error).__name__}"
            return Outcome(verdict=Verdict.UNCLEAR, detail=detail)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            agent = {"User-Agent": "asterisk-crm-bridge"}
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, headers=agent, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def outcome(status: int, said: bytes, retry_after: str | None) -> Outcome:
    """What a status means. A redirect is refused: a signed body goes nowhere else."""
    if 200 <= status < 300:
        return Outcome(verdict=Verdict.ACCEPTED)
    shown = " ".join(said.decode("utf-8", "replace").split())[:_SHOWN]
    otherwise = Verdict.TRY_LATER if status >= 500 else Verdict.REFUSED
    return Outcome(
        verdict=_VERDICTS.get(status, otherwise),
        retry_after=_seconds(retry_after),
        detail=f"the receiver says {status}" + (f": {shown}" if shown else ""),
    )


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After is a number of seconds or a date (RFC 9110, 10.2.3); None for anything else."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        until = parsedate_to_datetime(retry_after)
        # A zone of -0000 comes without one: it is UTC (RFC 5322, 3.3).
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
