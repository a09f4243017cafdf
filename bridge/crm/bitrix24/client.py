"""The portal over HTTP: one request after another through one limiter, and what went wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from bridge.crm import php
from bridge.crm.bitrix24.answers import EXPIRED, OPERATION_LIMIT, trouble
from bridge.crm.bitrix24.moving import Moving
from bridge.crm.bitrix24.settings import Bitrix24Settings
from bridge.crm.bitrix24.tokens import Tokens
from bridge.crm.limiter import Limiter, Priority
from bridge.crm.sending import Sending, guarded
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

_MOVED: Final = (301, 302, 307, 308)
_HOPS: Final = 3
_STALE: Final = 2  # tokens: ours, and the one that another process has left in the file
_PAGES: Final = 10  # of fifty rows, for one question

log = structlog.get_logger(__name__)

Command = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How a request is made. `writes`: it changes something; `deadline` in seconds."""

    priority: Priority = Priority.DELIVERY
    writes: bool = False
    halt: bool = False
    deadline: float | None = None


READ: Final = Ask()
WRITE: Final = Ask(writes=True)


@dataclass(slots=True)
class Batch:
    """What the parts of a batch answered."""

    results: dict[str, Any]
    next: dict[str, Any]
    errors: dict[str, Trouble]
    total: dict[str, Any] = field(default_factory=dict)  # rows of each list, on all its pages

    def __getitem__(self, key: str) -> Any:
        """Raises Trouble for a part that failed, or that was not reached for an earlier one."""
        if key in self.errors:
            raise self.errors[key]
        if key not in self.results:
            raise Trouble(Verdict.TRY_LATER, f"{key} was not reached: an earlier step failed")
        return self.results[key]


@dataclass(slots=True)
class _Blocked:
    """Methods that have used up their time, and when each may be called again (unix seconds)."""

    resets: dict[str, float] = field(default_factory=dict)
    until: dict[str, float] = field(default_factory=dict)


class Client:
    """One portal. `now` is unix seconds. Every method raises Trouble and nothing else."""

    def __init__(self, settings: Bitrix24Settings, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.tokens = Tokens(settings)
        said = settings.webhook
        self._given = URL(said.get_secret_value() if said else f"{settings.portal}/rest/")
        self._moving = Moving(self._given.origin(), self.tokens, settings.name)
        self.limiter = Limiter(settings.rate, settings.burst, settings.rate_file)
        self._now = now
        self._ahead = 0.0  # how far the portal's clock is before ours
        self._blocked = _Blocked()
        self._session: ClientSession | None = None

    @property
    def webhook(self) -> bool:
        return self.settings.webhook is not None

    def time(self) -> float:
        """Unix seconds by the portal's clock, as far as its last answer tells."""
        return self._now() + self._ahead

    async def call(self, method: str, params: Mapping[str, Any], ask: Ask = READ) -> Any:
        """The result of one method."""
        body = await self._answer(method, params, ask, (method,))
        return body.get("result")

    async def batch(self, commands: Mapping[str, Command], ask: Ask = READ) -> Batch:
        """Up to fifty methods in one request; a later one may name `$result[key]`."""
        methods = tuple(method for method, _ in commands.values())
        cmd = {key: f"{name}?{php.query(params)}" for key, (name, params) in commands.items()}
        body = await self._answer("batch", {"halt": int(ask.halt), "cmd": cmd}, ask, methods)
        maps = php.as_map(body.get("result"))
        times = php.as_map(maps.get("result_time"))
        for key, (method, _) in commands.items():
            self._note_time(method, times.get(key))
        errors = {
            key: self._refusal(commands[key][0], 200, php.as_map(said), ask)
            for key, said in php.as_map(maps.get("result_error")).items()
            if key in commands
        }
        return Batch(
            php.as_map(maps.get("result")),
            php.as_map(maps.get("result_next")),
            errors,
            php.as_map(maps.get("result_total")),
        )

    async def lists(
        self,
        commands: Mapping[str, Command],
        ask: Ask = READ,
        *,
        spared: str = "",
        pages: int = _PAGES,
        whole: bool = False,
    ) -> dict[str, list[Any]]:
        """The rows of several lists, further `pages` too; as few requests as can be. The one that
        is `spared` may be refused by the portal, and then has no rows. `whole`: rows that are
        missing by the portal's own count are Trouble."""
        rows: dict[str, list[Any]] = {key: [] for key in commands}
        wanted, total = dict(commands), dict[str, Any]()
        for _ in range(pages):
            if not wanted:
                break
            answer = await self.batch(wanted, ask)
            total |= answer.total
            for key in wanted:
                if key != spared or key not in answer.errors:
                    rows[key] += _rows(answer[key])
            wanted = {
                key: (commands[key][0], {**commands[key][1], "start": start})
                for key, start in answer.next.items()
                if key in wanted
            }
        if whole:
            _check_whole(rows, total)
        return rows

    async def upload(self, address: str, form: Any, ask: Ask) -> Any:
        """The result of a file sent to where the portal said. The address is a secret."""
        sending = Sending(ask.writes)

        async def send() -> Any:
            await self._turn(sending, ask)
            async with self._open().post(address, data=form) as answer:
                return self._read("upload", answer.status, await _json(answer), ask)

        body = await self._guarded(send, sending, ask, "upload")
        return body.get("result")

    async def install(self, auth: dict[str, Any]) -> bool:
        """Whether these tokens, brought by an installation, are ours; they are used from now."""
        return await self.tokens.install(auth)

    async def heal(self, auth: dict[str, Any]) -> None:
        """A dead login comes to life by the tokens of an event; what stands in the way is told."""
        try:
            if await self.tokens.heal(auth):
                log.warning("crm.login_healed", crm=self.settings.name)
        except Trouble as error:
            log.warning("crm.login_not_healed", crm=self.settings.name, error=error.detail)

    async def close(self) -> None:
        self.limiter.close()
        if self._session is not None:
            await self.tokens.settled()
            await self._session.close()
            self._session = None

    async def _answer(
        self, name: str, params: Mapping[str, Any], ask: Ask, methods: tuple[str, ...]
    ) -> dict[str, Any]:
        for method in methods:
            self._check_blocked(method)
        sending = Sending(ask.writes)
        answer: dict[str, Any] = await self._guarded(
            lambda: self._authorised(name, params, sending, ask), sending, ask, name
        )
        return answer

    async def _guarded(
        self, send: Callable[[], Awaitable[Any]], sending: Sending, ask: Ask, name: str
    ) -> Any:
        """Within the deadline; whatever goes wrong on the way is Trouble."""
        deadline = ask.deadline or self.settings.timeout
        if (wait := self.limiter.waits()) > deadline:
            detail = f"{name}: the portal asked us to wait"
            raise Trouble(Verdict.TRY_LATER, detail, retry_after=float(round(wait)))
        return await guarded(send, sending, name, deadline)

    async def _turn(self, sending: Sending, ask: Ask) -> None:
        sending.queued = True
        await self.limiter.turn(ask.priority)
        sending.queued, sending.sent = False, True

    async def _authorised(
        self, name: str, params: Mapping[str, Any], sending: Sending, ask: Ask
    ) -> dict[str, Any]:
        """With a token, and again with a new one when it has expired."""
        if self.webhook:
            return await self._post(name, dict(params), sending, ask)
        token = await self.tokens.access()
        for _ in range(_STALE):
            try:
                return await self._post(name, {**params, "auth": token}, sending, ask)
            except Trouble as error:
                if error.code != EXPIRED:
                    raise
            sending.sent = False
            token = await self.tokens.renew(token)
        return await self._post(name, {**params, "auth": token}, sending, ask)

    async def _post(
        self, name: str, body: dict[str, Any], sending: Sending, ask: Ask
    ) -> dict[str, Any]:
        """One request; a portal that moved is asked again at its new address, which is kept."""
        address = await self._address(name)
        for _ in range(_HOPS):
            await self._turn(sending, ask)
            try:
                status, said, moved = await self._exchange(address, body)
            except (ClientError, OSError, asyncio.CancelledError):
                self._moving.silent(address)
                raise
            if status not in _MOVED:
                await self._moving.answered(address, said)
                return self._read(name, status, said, ask)
            sending.sent = False
            address = self._moving.next(address, moved)
        raise Trouble(Verdict.TRY_LATER, f"{name}: the portal moves in circles")

    async def _exchange(self, address: URL, body: dict[str, Any]) -> tuple[int, Any, str]:
        """Status, the body where it is JSON, and where the portal moved to."""
        async with self._open().post(address, json=body, allow_redirects=False) as answer:
            moved = answer.headers.get("Location", "")
            return answer.status, await _json(answer), moved

    async def _address(self, name: str) -> URL:
        return (await self._moving.address()).with_path(f"{self._given.path.rstrip('/')}/{name}")

    def _read(self, name: str, status: int, body: Any, ask: Ask) -> dict[str, Any]:
        if not isinstance(body, dict):
            verdict = Verdict.UNCLEAR if ask.writes and status != 503 else Verdict.TRY_LATER
            raise Trouble(verdict, f"{name}: HTTP {status} without an answer of Bitrix24")
        if "error" in body or status >= 400:
            raise self._refusal(name, status, body, ask)
        self._note_time(name, body.get("time"))
        return body

    def _refusal(self, method: str, status: int, body: Mapping[str, Any], ask: Ask) -> Trouble:
        error = trouble(method, status, body, writes=ask.writes)
        if error.code == OPERATION_LIMIT:
            return self._block(method, error)
        if error.retry_after:
            self.limiter.pause(error.retry_after)
        return error

    def _block(self, method: str, error: Trouble) -> Trouble:
        """This method alone rests, until the portal's own hour or for as long as it takes."""
        reset = self._blocked.resets.get(method, 0.0)
        if reset <= self.time():
            reset = self.time() + (error.retry_after or 0.0)
        self._blocked.until[method] = reset
        error.retry_after = float(round(reset - self.time()))
        return error

    def _check_blocked(self, method: str) -> None:
        if (left := self._blocked.until.get(method, 0.0) - self.time()) > 0:
            detail = f"{method} rests until the portal allows it again"
            raise Trouble(Verdict.TRY_LATER, detail, retry_after=float(round(left)))

    def _note_time(self, method: str, told: Any) -> None:
        if not isinstance(told, dict):
            return
        if isinstance(finish := told.get("finish"), int | float):
            self._ahead = finish - self._now()
        if isinstance(reset := told.get("operating_reset_at"), int | float):
            self._blocked.resets[method] = float(reset)

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=None))
        return self._session


def _check_whole(rows: Mapping[str, list[Any]], total: Mapping[str, Any]) -> None:
    for key, found in rows.items():
        if isinstance(said := total.get(key), int) and len(found) < said:
            detail = f"{key}: the portal named {len(found)} of {said}"
            raise Trouble(Verdict.TRY_LATER, detail)


def _rows(answer: Any) -> list[Any]:
    """The newer methods wrap their rows."""
    return php.as_list(php.as_map(answer).get("items", answer))


async def _json(answer: Any) -> Any:
    """The body, or None when it is no JSON."""
    try:
        return await answer.json(content_type=None)
    except ValueError:
        return None
