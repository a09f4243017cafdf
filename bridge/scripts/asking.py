"""Asking an address: one signed request, its answer as JSON, within its time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
import structlog

from bridge.domain.pieces import beginning
from bridge.domain.signature import headers
from bridge.scripts.actions import Answer, Ask

_LARGEST_ANSWER: Final = 64 * 1024

log = structlog.get_logger(__name__)


class HttpAddresses:
    """Keeps connections open between questions; the first makes them. `secrets` may be replaced."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self.secrets = secrets
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, question: Ask, event: str, id: str) -> Answer:
        """Sent once. Whatever the address or the network does is an Answer."""
        body = question.body.encode("utf-8", "replace")
        signed = headers(self.secrets, event, id, body, datetime.now(UTC))
        kind = {"Content-Type": "application/json"} if body else {}
        try:
            async with self._open().request(
                question.method,
                question.url,
                data=body or None,
                headers={**kind, **signed},
                timeout=aiohttp.ClientTimeout(total=question.timeout),
                allow_redirects=False,
            ) as answer:
                said = await beginning(answer.content, _LARGEST_ANSWER + 1)
                return _answer(answer.status, said)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning("script.no_answer", name=question.name, why=type(error).__name__)
            return Answer()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            agent = {"User-Agent": "asterisk-crm-bridge", "Accept": "application/json"}
            self._session = aiohttp.ClientSession(
                headers=agent, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def _answer(status: int, said: bytes) -> Answer:
    """An answer that is too long, or no JSON, is none."""
    told: Any = None
    if len(said) <= _LARGEST_ANSWER:
        try:
            told = json.loads(said) if said else None
        except (ValueError, RecursionError):
            return Answer(status=status)
    return Answer(200 <= status < 300 and len(said) <= _LARGEST_ANSWER, status, told)
