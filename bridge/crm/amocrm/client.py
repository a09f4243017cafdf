"""The account over HTTP: one request after another through one limiter, and what went wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientResponse, ClientSession, ClientTimeout
from yarl import URL

from bridge.crm import php
from bridge.crm.amocrm.answers import TOO_MANY, UNAUTHORIZED, trouble
from bridge.crm.amocrm.settings import AmoCrmSettings
from bridge.crm.amocrm.shapes import MADE, rows
from bridge.crm.amocrm.tokens import Tokens
from bridge.crm.limiter import Limiter, Priority
from bridge.crm.sending import Sending, guarded, whole
from bridge.crm.shapes import Row, Shape, answered, anything, maybe
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

LARGEST: Final = 250  # rows of a page, of a write, of a filter
_PAGES: Final = 10
_STALE: Final = 2  # tokens: ours, and the one that another process has left in the file
_SOON: Final = 2.0  # seconds after which a read that met the limit is worth another try
_HEADERS: Final = {"User-Agent": "asterisk-crm-bridge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How a request is made."""

    priority: Priority = Priority.DELIVERY
    pages: int = _PAGES  # of a list, at most


READ: Final = Ask()
FIRST: Final = Ask(priority=Priority.LIVE)  # small, seldom, and others wait for it


class Client:
    """One account. `now` is unix seconds. Every method raises Trouble and nothing else."""

    def __init__(self, settings: AmoCrmSettings, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.now = now
        self.tokens = Tokens(settings)
        self.limiter = Limiter(settings.rate, settings.burst, settings.rate_file)
        self._session: ClientSession | None = None

    async def get(
        self,
        path: str,
        shape: Shape,
        query: Mapping[str, Any] | None = None,
        ask: Ask = READ,
    ) -> Any:
        """The answer as `shape` reads it; None is one that says nothing was found."""
        answer = await self._request("GET", path, query, None, ask)
        return answered(shape, answer, f"GET {path}")

    async def write(
        self, method: str, path: str, body: Any, shape: Shape = anything, ask: Ask = READ
    ) -> Any:
        """What a write of these rows answers, as `shape` reads it; None where it says nothing."""
        answer = await self._request(method, path, None, body, ask)
        return answered(shape, answer, f"{method} {path}", writes=True)

    async def made(self, path: str, name: str, body: Any) -> Row:
        """What the one row of this body became. Raises Trouble where the answer does not say: it
        was done all the same."""
        answer = await self.write("POST", path, [body], rows(name, MADE))
        return first(answer["_embedded"][name], path)

    async def rows(
        self, path: str, name: str, query: Mapping[str, Any], ask: Ask = READ
    ) -> list[Row]:
        """The rows of a list, its further pages too."""
        found: list[Row] = []
        for number in range(1, ask.pages + 1):
            page, more = await self.page(path, name, {**query, "page": number}, ask)
            found += page
            if not more:
                break
        return found

    async def page(
        self, path: str, name: str, query: Mapping[str, Any], ask: Ask = READ
    ) -> tuple[list[Row], bool]:
        """One page of a list, and whether another one follows."""
        answer = await self.get(path, maybe(rows(name)), {"limit": LARGEST, **query}, ask)
        if answer is None:
            return [], False
        return answer["_embedded"][name], "next" in answer["_links"]

    async def close(self) -> None:
        self.limiter.close()
        if self._session is not None:
            await self.tokens.settled()
            await self._session.close()
            self._session = None

    async def _request(
        self, method: str, path: str, query: Mapping[str, Any] | None, body: Any, ask: Ask
    ) -> Any:
        name, deadline = f"{method} {path}", self.settings.timeout
        if (wait := self.limiter.waits()) > deadline:
            detail = f"{name}: the account asked us to wait"
            raise Trouble(Verdict.TRY_LATER, detail, retry_after=float(round(wait)))
        address = self._address(path, query or {})
        sending = Sending(method != "GET")

        async def send() -> Any:
            try:
                return await self._authorised(method, address, body, name, sending, ask)
            except Trouble as error:
                if sending.writes or error.code != TOO_MANY or (error.retry_after or 0) > _SOON:
                    raise
            return await self._authorised(method, address, body, name, sending, ask)

        return await guarded(send, sending, name, deadline)

    async def _authorised(
        self, method: str, address: URL, body: Any, name: str, sending: Sending, ask: Ask
    ) -> Any:
        """With a token, and again with a new one when it has expired."""
        token = await self.tokens.access(self._open())
        for _ in range(_STALE):
            try:
                return await self._send(method, address, body, name, token, sending, ask)
            except Trouble as error:
                if error.code != UNAUTHORIZED or self.tokens.long_lived:
                    raise
            sending.sent = False
            token = await self.tokens.renew(self._open(), token)
        return await self._send(method, address, body, name, token, sending, ask)

    async def _send(
        self,
        method: str,
        address: URL,
        body: Any,
        name: str,
        token: str,
        sending: Sending,
        ask: Ask,
    ) -> Any:
        await self.limiter.turn(ask.priority)
        sending.sent = True
        headers = {**_HEADERS, "Authorization": f"Bearer {token}"}
        given = {} if body is None else {"json": body}
        try:
            async with self._open().request(
                method, address, headers=headers, allow_redirects=False, **given
            ) as answer:
                return await self._read(name, answer, sending)
        except Trouble as error:
            raise error.without([token]) from None

    async def _read(self, name: str, answer: ClientResponse, sending: Sending) -> Any:
        if answer.status == 204:
            return None
        body = _json(await whole(answer, name, sending))
        if answer.status >= 300:
            wait = answer.headers.get("Retry-After")
            error = trouble(name, answer.status, body, wait, writes=sending.writes)
            if error.retry_after:
                self.limiter.pause(error.retry_after)
            raise error
        if body is None:
            raise sending.lost(f"{name}: HTTP {answer.status} without an answer of amoCRM")
        return body

    def _address(self, path: str, query: Mapping[str, Any]) -> URL:
        """`path` under /api/v4/, unless it begins with a slash."""
        whole = path if path.startswith("/") else f"/api/v4/{path}"
        asked = f"?{php.query(query)}" if query else ""
        return URL(f"{self.settings.account}{whole}{asked}", encoded=True)

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=None))
        return self._session


def _json(body: bytes) -> Any:
    """What it says, or None when it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def first(made: list[Row], path: str) -> Row:
    """Raises Trouble where there is none."""
    if not made:
        raise Trouble(Verdict.UNCLEAR, f"POST {path}: the answer does not say what was made")
    return made[0]
