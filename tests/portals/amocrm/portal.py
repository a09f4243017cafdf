"""An account on loopback, in the process of the test: its state, its switches, its port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bridge.observe.tasks import Tasks
from tests.lab.ports import free_port
from tests.portals.bitrix24.clock import Clock

from . import entities, fields, notes, work
from .auth import Auth, Granted
from .faults import Fault, Faults, Kind
from .limits import Allowance, Limiter
from .problems import Row
from .sender import Sender, Told
from .state import Doubts, Pop, State


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that arrived; `status` None: a fault was switched on."""

    name: str
    status: int | None
    at: float


class Portal:
    """`async with Portal() as portal:` listens on `portal.url` until the block ends.

    Its tokens are all of `user`, an administrator. `clock` is the account's; a `Clock(at)` stands
    until moved.
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
        self.auth = Auth(self.clock)
        self.limiter = Limiter(self.clock, allowance or Allowance())
        self.faults = Faults()
        self.bend: Callable[[Any], Any] | None = None  # what becomes of the JSON of each answer
        self.requests: list[Seen] = []
        self.closing = asyncio.Event()
        self._port = port or free_port()
        self._changed = asyncio.Condition()
        self._tasks = Tasks()
        self.sender = Sender(self.state, self._notify)
        fields.furnish(self.state)
        self.user = work.add_user(self.state, "Admin", admin=True)
        self.pipeline = work.add_pipeline(self.state, "Воронка", "Первичный контакт", "Переговоры")

    async def __aenter__(self) -> Self:
        from .server import application  # the server knows the portal, not the other way round

        self._tasks.keep("webhooks of the account", self.sender.run)
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
    def doubts(self) -> Doubts:
        return self.state.doubts

    @property
    def contacts(self) -> dict[int, Row]:
        return self.state.entities["contacts"]

    @property
    def companies(self) -> dict[int, Row]:
        return self.state.entities["companies"]

    @property
    def leads(self) -> dict[int, Row]:
        return self.state.entities["leads"]

    @property
    def pops(self) -> list[Pop]:
        return self.state.pops

    @property
    def told(self) -> list[Told]:
        """Every event that was posted to a webhook."""
        return self.sender.told

    def statuses(self, pipeline: int) -> list[int]:
        """Of a pipeline, first to last, with those that close a lead and without "unsorted"."""
        return [id for id, each in self.state.statuses()[pipeline].items() if each["type"] != 1]

    def calls(self, uniq: str | None = None) -> list[Row]:
        """The notes of calls, of one or of all, oldest first."""
        of_calls = [row for row in self.state.notes.values() if row["note_type"] in notes.CALLS]
        return [row for row in of_calls if uniq in (None, row["params"]["uniq"])]

    def grant(self) -> Granted:
        return self.auth.grant()

    def add_user(self, name: str, *, admin: bool = False, active: bool = True) -> int:
        return work.add_user(self.state, name, admin=admin, active=active)

    def add_pipeline(self, name: str, *stages: str) -> int:
        return work.add_pipeline(self.state, name, *stages)

    def add_field(self, kind: str, name: str, type: str = "text", code: str | None = None) -> int:
        return fields.add(self.state, kind, name, type, code)

    def add(self, kind: str, phone: str | None = None, /, **given: Any) -> int:
        """A row of `contacts`, `companies` or `leads`; its id."""
        row = dict(given)
        if phone is not None:
            row["custom_fields_values"] = [{"field_code": "PHONE", "values": [{"value": phone}]}]
        assert list(entities.errors(self.state, kind, row)) == []
        id = entities.add(self.state, kind, row, self.user)
        self.sender.gather()
        return id

    def link(self, kind: str, id: int, other: str, to: int) -> None:
        self.state.link((kind, id), (other, to))

    def delete(self, kind: str, id: int) -> None:
        """As a person deletes it."""
        row = self.state.entities[kind][id]
        row["is_deleted"] = True
        self.state.tell(kind, "delete", entities.shown_row(self.state, kind, row))
        self.sender.gather()

    def fault(
        self,
        kind: Kind | str,
        request: str | None = None,
        *,
        times: int | None = 1,
        applied: bool = False,
    ) -> Fault:
        """Switch a fault on (see `Fault`); `lift()` of what comes back switches it off."""
        return self.faults.add(
            Fault(kind=Kind(kind), request=request, times=times, applied=applied)
        )

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

    def received(self, name: str) -> int:
        return sum(seen.name == name for seen in self.requests)

    async def until(self, condition: Callable[[], bool], seconds: float = 5) -> None:
        """Wait until it holds; looked at after every request. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def note(self, name: str, status: int | None) -> None:
        self.requests.append(Seen(name, status, self.clock()))
        await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
