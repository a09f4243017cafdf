"""One database of Odoo over JSON-RPC: each call within its deadline, and what went wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, Final

from aiohttp import ClientResponse, ClientSession, ClientTimeout

from bridge.crm.limiter import Limiter, Priority
from bridge.crm.odoo.answers import ACCESS_DENIED, LOGIN, of_status, trouble
from bridge.crm.odoo.settings import OdooSettings
from bridge.crm.odoo.shapes import IDS, records
from bridge.crm.odoo.versions import Version, major, version
from bridge.crm.sending import Sending, guarded, whole
from bridge.crm.shapes import Row, Shape, answered, anything, identity, row
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How a request is made. `writes`: it changes something; `deadline` in seconds."""

    priority: Priority = Priority.DELIVERY
    writes: bool = False
    deadline: float | None = None


READ: Final = Ask()
WRITE: Final = Ask(writes=True)
QUIET: Final = Ask(priority=Priority.PRELOAD)


class Client:
    """One database. `now` is unix seconds. Every method raises Trouble and nothing else."""

    def __init__(self, settings: OdooSettings, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.limiter = Limiter(settings.rate, settings.burst)
        self._now = now
        self._ahead = 0.0  # how far the server's clock is before ours
        self._me: int | None = None
        self._major: int | None = None
        self._session: ClientSession | None = None
        self._numbers = count(1)

    def time(self) -> float:
        """Unix seconds by the server's clock, as far as its last answer tells."""
        return self._now() + self._ahead

    async def rows(
        self, model: str, domain: list[Any], fields: Sequence[str], ask: Ask = READ, **named: Any
    ) -> list[Row]:
        """The records of this domain, with these fields."""
        found: list[Row] = await self.call(
            model,
            "search_read",
            domain,
            list(fields),
            shape=records(fields),
            ask=ask,
            **named,
        )
        return found

    async def ids(self, model: str, domain: list[Any], ask: Ask = READ, **named: Any) -> list[int]:
        """Of the records of this domain."""
        found: list[int] = await self.call(model, "search", domain, shape=IDS, ask=ask, **named)
        return found

    async def call(
        self,
        model: str,
        method: str,
        *args: Any,
        shape: Shape = anything,
        ask: Ask = READ,
        **named: Any,
    ) -> Any:
        """What a method of a model returns, as `shape` reads it. The language is that of the
        settings; what is archived is seen too, unless `context` says otherwise."""
        given = named.pop("context", {})
        spoken = {"lang": self.settings.language} if self.settings.language else {}
        named["context"] = {"active_test": False, "tz": "UTC", **spoken, **given}
        who = [self.settings.database, await self.me(ask.priority), self._password()]
        asked = [*who, model, method, args, named]
        try:
            answer = await self._rpc("object", "execute_kw", asked, f"{model}.{method}", ask)
        except Trouble as error:
            if error.code == ACCESS_DENIED:
                self._me = None
            raise
        return answered(shape, answer, f"{model}.{method}", writes=ask.writes)

    async def me(self, priority: Priority = Priority.DELIVERY) -> int:
        """The id of the user of `login`."""
        if self._me is None:
            answer = await self._rpc(
                "common",
                "authenticate",
                [self.settings.database, self.settings.login, self._password(), {}],
                "login",
                Ask(priority=priority),
            )
            if answer is False:
                raise Trouble(Verdict.NEEDS_LOGIN, f"login: Odoo does not take it; {LOGIN}")
            self._me = answered(identity, answer, "login")
        return self._me

    async def version(self) -> Version:
        return version(await self.major())

    async def major(self) -> int:
        """14 of 14.0."""
        if self._major is None:
            self._major = major(await self._rpc("common", "version", [], "version", READ))
        return self._major

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _rpc(self, service: str, method: str, args: list[Any], name: str, ask: Ask) -> Any:
        sending = Sending(ask.writes)
        deadline = ask.deadline or self.settings.timeout
        if (wait := self.limiter.waits()) > deadline:
            detail = f"{name}: Odoo asked us to wait"
            raise Trouble(Verdict.TRY_LATER, detail, retry_after=float(round(wait)))
        params = {"service": service, "method": method, "args": args}
        body = {"jsonrpc": "2.0", "method": "call", "id": next(self._numbers), "params": params}

        async def send() -> Any:
            await self.limiter.turn(ask.priority)
            sending.sent = True
            address = f"{self.settings.url}/jsonrpc"
            async with self._open().post(address, json=body, allow_redirects=False) as answer:
                return await self._read(answer, name, sending)

        try:
            return await guarded(send, sending, name, deadline)
        except Trouble as error:
            raise error.without([self._password()]) from None

    async def _read(self, answer: ClientResponse, name: str, sending: Sending) -> Any:
        self._note_time(answer.headers.get("Date"))
        told, writes = None, sending.writes
        if answer.status == 200:
            with suppress(ValueError, RecursionError):
                told = json.loads(await whole(answer, name, sending))
        if not isinstance(told, dict):
            waits = answer.headers.get("Retry-After")
            error = of_status(name, answer.status, writes=writes, retry_after=waits)
            if error.retry_after:
                self.limiter.pause(error.retry_after)
            raise error
        if (failed := told.get("error")) is not None:
            error = answered(row({}), failed, name, writes=writes)
            raise trouble(name, error, writes=writes)
        return told.get("result")

    def _note_time(self, date: str | None) -> None:
        try:
            self._ahead = parsedate_to_datetime(date or "").timestamp() - self._now()
        except (ValueError, OverflowError, OSError):
            return

    def _password(self) -> str:
        return self.settings.password.get_secret_value()

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=None))
        return self._session
