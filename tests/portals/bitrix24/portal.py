"""A Bitrix24 portal on loopback, in the process of the test: its state, its switches, its port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bridge.observe.tasks import Tasks
from tests.lab.ports import free_port

from . import answers, creation, dictionaries, events, telephony
from .auth import Auth, Granted
from .clock import Clock
from .faults import Fault, Faults, Kind
from .limits import Allowance, Bucket, Operating
from .params import Row
from .sender import Sender, Told
from .state import Call, Doubts, State, User


@dataclass(frozen=True, slots=True)
class Seen:
    """One HTTP request that arrived; `methods` are those of a batch, or the one."""

    methods: tuple[str, ...]
    status: int | None  # None: a fault was switched on
    at: float  # by the portal's clock


class Portal:
    """`async with Portal() as portal:` listens on `portal.url` until the block ends.

    Employees, entities and pipelines are added by the methods below, or through REST. `clock` is
    the portal's; a `Clock(at)` stands until moved, and then nothing drains the limits either.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        allowance: Allowance | None = None,
        doubts: Doubts | None = None,
        port: int = 0,
    ) -> None:
        self.clock = clock or Clock()
        self.state = State(self.clock, doubts or Doubts())
        self.auth = Auth(self.state)
        self.allowance = allowance or Allowance()
        self.bucket = Bucket(self.clock, self.allowance)
        self.operating = Operating(self.clock, self.allowance)
        self.faults = Faults()
        self.requests: list[Seen] = []
        self.closing = asyncio.Event()
        self.moved_from: set[int] = set()  # ports of former names
        self._port = port or free_port()
        self._changed = asyncio.Condition()
        self._tasks = Tasks()
        self.sender = Sender(self.auth, self._notify)
        dictionaries.furnish(self.state)
        self.state.users[1] = User(id=1, name="Admin", admin=True)

    async def __aenter__(self) -> Self:
        from .server import application  # the server knows the portal, not the other way round

        self.state.tell = self.sender.happened
        self._tasks.keep("events of the portal", self.sender.run)
        self._runner = web.AppRunner(application(self), access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await self.come_up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.closing.set()
        await self._runner.cleanup()
        await self._tasks.stop()

    @property
    def url(self) -> str:
        return self.state.url

    @property
    def webhook(self) -> str:
        """The address of the incoming webhook; methods follow the slash."""
        return f"{self.url}/rest/{self.auth.webhook_user}/{self.auth.webhook_code}/"

    @property
    def calls(self) -> list[Call]:
        """Every registered call, oldest first."""
        return list(self.state.calls.values())

    @property
    def users(self) -> list[User]:
        return list(self.state.users.values())

    @property
    def leads(self) -> dict[int, Row]:
        return self.state.entities["lead"]

    @property
    def contacts(self) -> dict[int, Row]:
        return self.state.entities["contact"]

    @property
    def companies(self) -> dict[int, Row]:
        return self.state.entities["company"]

    @property
    def deals(self) -> dict[int, Row]:
        return self.state.entities["deal"]

    @property
    def told(self) -> list[Told]:
        """Every event that was posted to a handler."""
        return self.sender.told

    @property
    def doubts(self) -> Doubts:
        return self.state.doubts

    def grant(self, user: int = 1) -> Granted:
        """Tokens for a client, as the installation of the application gives them."""
        return self.auth.grant(user)

    def add_user(self, extension: str | None, name: str = "Anna", **fields: Any) -> User:
        id = self.state.number("user") + 1268
        user = User(id=id, name=name, extension=extension, **fields)
        self.state.users[id] = user
        return user

    def add(self, kind: str, phone: str | None = None, /, **fields: Any) -> int:
        """A `lead`, `contact`, `company` or `deal`, by the legacy names of its fields; its id."""
        given = {**fields, **({"PHONE": [{"VALUE": phone}]} if phone else {})}
        return int(creation.add(self.state, kind, given, 1)["ID"])

    def add_pipeline(self, name: str) -> int:
        return dictionaries.add_category(self.state, name)

    def add_source(self, id: str) -> None:
        dictionaries.add_statuses(self.state, "SOURCE", {id: None})

    def add_field(self, kind: str, name: str) -> None:
        """A field of the portal's owner, `UF_CRM_…`, of a kind of entity."""
        self.state.own_fields[kind].add(name)
        for row in self.state.entities[kind].values():
            row.setdefault(name, None)

    def fault(
        self,
        kind: Kind | str,
        method: str | None = None,
        *,
        times: int | None = 1,
        every: int = 1,
        applied: bool = False,
    ) -> Fault:
        """Switch a fault on; `lift()` of what comes back switches it off.

        `method` is a name in any case, `upload` for the POST to an uploadUrl, `oauth.token` for
        the refresh of tokens; None for every one but that. A batch is hit by its parts. `times`
        None: until lifted. `every` 2: each second request. `applied`: the write is done, and only
        its answer is lost.
        """
        fault = Fault(kind=Kind(kind), method=method, times=times, every=every, applied=applied)
        return self.faults.add(fault)

    def click(self, user: User, phone: str, line: str = "", kind: str = "", id: int = 0) -> Call:
        """An employee clicks on a number: the call is registered, and the application told."""
        call = Call(
            number=0,
            call_id="",
            registered_at=self.clock(),
            user=user.id,
            phone=phone,
            type=telephony.OUTGOING,
            line=line or None,
            started=self.clock.iso(),
            entity=(kind, id) if kind else None,
            clicked=True,
        )
        telephony.begin(self.state, call)
        self.sender.happened(events.CLICK, answers.clicked(call))
        return call

    def ask_for_callback(self, phone: str, text: str, line: str = "", lead: int = 0) -> None:
        """A visitor filled in a callback form; nothing is registered."""
        data = {
            "PHONE_NUMBER": phone,
            "TEXT": text,
            "VOICE": "",
            "CRM_ENTITY_TYPE": "LEAD" if lead else "",
            "CRM_ENTITY_ID": lead or "",
            "LINE_NUMBER": line,
        }
        self.sender.happened(events.CALLBACK, data)

    def add_outgoing_webhook(self, handler: str, event: str = events.CLICK) -> None:
        """An address that somebody typed into the portal's pages; old portals tell it of clicks."""
        row = {"event": event, "handler": handler, "event_type": events.HAND_MADE, "auth_type": 0}
        self.state.handlers.append(row)

    def install(self, handler: str) -> None:
        """Tell a local application without a page its tokens, as its installation does; what an
        earlier one has bound is gone."""
        mine = [row for row in self.state.handlers if row["event_type"] == events.HAND_MADE]
        self.state.handlers[:] = mine
        data = {"VERSION": 1, "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "en"}
        self.sender.post(handler, "ONAPPINSTALL", data)

    async def go_down(self) -> None:
        """Connections are refused, and those that are open end."""
        for site in list(self._runner.sites):
            await site.stop()
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    async def come_up(self) -> None:
        """Listen: at first on a free port, later on the same one again."""
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[-1][1]
        self.state.url = f"http://127.0.0.1:{self._port}"

    async def rename(self) -> str:
        """Move to a new address, which comes back; the old one answers 302 from now on."""
        self.moved_from.add(self._port)
        self._port = free_port()
        await self.come_up()
        return self.url

    def received(self, method: str) -> int:
        """How many times the method was asked for, parts of a batch counted each."""
        return sum(seen.methods.count(method.lower()) for seen in self.requests)

    async def until(self, condition: Callable[[], bool], seconds: float = 5) -> None:
        """Wait until it holds; looked at after every request. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def note(self, methods: tuple[str, ...], status: int | None) -> None:
        self.requests.append(Seen(methods, status, self.clock()))
        await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
