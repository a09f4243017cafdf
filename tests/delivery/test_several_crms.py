"""Two CRMs over HTTP and a journal: whose client calls, and what becomes of it when one is away.

The first is the built-in CRM behind the plain protocol, the second an EspoCRM with `lookup: also`,
the journal a built-in one with `lookup: never`. All by the configuration and the descriptions that
we ship.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.app.asking import path_of
from bridge.app.delivering import Delivering
from bridge.config.load import parse
from bridge.config.model import Config
from bridge.crm.suite.made import call
from bridge.domain.counters import NoCounters
from bridge.domain.ports import Search
from bridge.domain.record import CallRecord
from bridge.domain.routes import Asked
from bridge.observe.health import Health
from bridge.observe.tasks import Tasks
from bridge.outbox.clock import SystemClock
from bridge.outbox.states import OPEN, EntryState
from bridge.outbox.users import users_of
from bridge.storage.store import Store, open_store
from bridge.web.face import Face
from tests.crm.builtin.harness import BuiltinHarness
from tests.crm.declarative.described import SHIPPED
from tests.portals.espocrm.portal import Portal

NUMBER: Final = "+79161234567"
KEY: Final = "0a1b2c3d4e5f"
ANNA, BORIS = "690000000000000a1", "690000000000000b2"
CONFIG: Final = """
pbx: [{{name: office, username: b, secret: 4f1c0d9e77ab}}]
folder: {folder}
agents:
  - {{extension: "101", endpoints: [PJSIP/101]}}
  - {{extension: "102", endpoints: [PJSIP/102]}}
destinations:
  - crm: {{kind: declarative, name: first, file: plain.yml,
          settings: {{url: "{first}", token: t}}}}
    retry: {{first: PT0.02S}}
  - crm: {{kind: declarative, name: second, file: espocrm.yml,
          settings: {{url: "{second}", key: {key}, user: {anna}}}}}
    lookup: also
    retry: {{first: PT0.02S}}
  - crm: {{kind: declarative, name: journal, file: plain.yml,
          settings: {{url: "{journal}", token: t}}}}
    lookup: never
    retry: {{first: PT0.02S}}
"""


class Server:
    """One CRM's web server, which goes down and comes up at its own address."""

    def __init__(self, routes: web.Application) -> None:
        self.asked: list[str] = []
        self._app = web.Application(middlewares=[self._kept])
        self._app.add_subapp("/crm", routes)
        self._down = False
        self._server = TestServer(self._app)

    async def __aenter__(self) -> Server:
        await self._server.start_server()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("/crm"))

    def go_down(self) -> None:
        self._down = True

    def come_up(self) -> None:
        self._down = False

    @property
    def _kept(self) -> Any:
        @web.middleware
        async def kept(request: web.Request, handler: Any) -> web.StreamResponse:
            if self._down and request.transport:
                request.transport.abort()  # nobody is there
                return web.Response()
            self.asked.append(request.path)
            answer: web.StreamResponse = await handler(request)
            return answer

        return kept


class Noticed:
    """The store, and each time that something was written about a delivery."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.changed = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def note(self, *args: Any, **named: Any) -> None:
        await self._store.note(*args, **named)
        self.changed.set()


class Office:
    """The three CRMs, and a daemon's delivering part before them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.own, self.log = (BuiltinHarness(_made(folder / name)) for name in ("own", "log"))
        self.espo = Portal(KEY)
        self.first, self.journal = (Server(_plain(each, folder)) for each in (self.own, self.log))
        self.second = Server(self.espo.app())
        self.stored = asyncio.Event()
        self.config: Config
        self.delivering: Delivering

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Office]:
        for id, extension in ((ANNA, "101"), (BORIS, "102")):
            self.espo.put("User", id=id, userName=id, lastName=id, cExtension=extension)
        async with AsyncExitStack() as stack:
            for each in (self.own.running(), self.log.running()):
                await stack.enter_async_context(each)
            for server in (self.first, self.second, self.journal):
                await stack.enter_async_context(server)
            self.config = self._config()
            store = await stack.enter_async_context(open_store(self._address, daemon=True))
            self.store = Noticed(store)
            self.delivering = Delivering(
                self.config,
                cast(Store, self.store),
                NoCounters(),
                self._stored,
                clock=SystemClock(),
                worker="w",
                health=Health(),
            )
            stack.push_async_callback(self.delivering.close)
            for to in self.delivering.destinations:
                to.users = await users_of(to.crm, to.users, {})
            yield self

    def _stored(self, record: CallRecord) -> None:
        """As the daemon does."""
        self.stored.set()
        self.delivering.wake()

    @property
    def _address(self) -> str:
        return str(self._folder / "bridge.db")

    def _config(self) -> Config:
        text = CONFIG.format(
            folder=self._folder,
            first=f"{self.first.url}/api/v1/crm",
            second=self.second.url,
            journal=f"{self.journal.url}/api/v1/crm",
            key=KEY,
            anna=ANNA,
        )
        return parse(text, "bridge.yml", {}, SHIPPED)

    async def client_of(self, *where: str) -> None:
        """Anna's client in the first, Boris's in the second."""
        if "first" in where:
            fields = {"name": "Иван", "phone": NUMBER, "owner": "anna"}
            await self.own.crm.create_contact(fields, "here")
        if "second" in where:
            self.espo.put(
                "Contact", id="c1", lastName="Ivan", phoneNumber=NUMBER, assignedUserId=BORIS
            )

    @asynccontextmanager
    async def delivered(self, record: CallRecord) -> AsyncIterator[None]:
        """Leaves when nothing is left to do; the block goes on while it is being done."""
        tasks = Tasks()
        self.delivering.start(tasks)
        self.delivering.intake.take(record)
        await self.stored.wait()
        yield
        await self.until()
        assert await tasks.stop() == []

    async def until(self, *done: str) -> None:
        """Until these have nothing to do any more; all of them where none is named."""
        while True:
            left = await self.store.deliveries((*OPEN, EntryState.HELD_BACK))
            if not [one for one in left if not done or one.destination in done]:
                return
            await self.store.changed.wait()
            self.store.changed.clear()

    async def leads(self) -> tuple[int, int, int]:
        """In the first, in the second, in the journal."""
        counts = [
            len(await each.crm.find_leads(Search(phone=NUMBER))) for each in (self.own, self.log)
        ]
        return counts[0], len(self.espo.records["Lead"]), counts[1]

    async def calls(self) -> tuple[int, int, int]:
        counts = [len(await each.crm.rows("calls")) for each in (self.own, self.log)]
        return counts[0], len(self.espo.records["Call"]), counts[1]

    async def rings(self) -> str | None:
        """Whom the dialplan would ring."""
        at = datetime(2026, 11, 24, 9, tzinfo=UTC)
        asked = Asked(number=NUMBER, did="+74952000000", words={})
        return (await path_of(self.config, asked, at)).decision.owner


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _plain(behind: BuiltinHarness, folder: Path) -> web.Application:
    app = web.Application()
    app.add_routes(Face(behind.crm, folder / "recordings").routes())
    return app


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office(tmp_path).open() as office:
        yield office


KNOWN: Final = {
    "nowhere": ((), (1, 1, 0), None),
    "in the first": (("first",), (1, 0, 0), "101"),
    "in the second": (("second",), (1, 1, 0), "102"),
    "in both": (("first", "second"), (1, 1, 0), "101"),
}


@pytest.mark.proves("S0-05")
@pytest.mark.parametrize("where", KNOWN)
async def test_each_crm_gets_the_call_and_a_lead_only_where_it_is_its_own(
    office: Office, where: str
) -> None:
    known, leads, rings = KNOWN[where]
    await office.client_of(*known)
    assert await office.rings() == rings
    async with office.delivered(call(NUMBER)):
        pass
    assert (await office.calls(), await office.leads()) == ((1, 1, 1), leads)
    [listed] = office.espo.records["Call"].values()
    assert listed["contactsIds"] == ["c1"] * ("second" in known)
    assert {path.rpartition("/")[2] for path in office.journal.asked} == {"calls", "users"}


@pytest.mark.parametrize("where", ["nowhere", "in the first"])
async def test_the_second_waits_for_the_first_that_is_away_and_the_journal_does_not(
    office: Office, where: str
) -> None:
    """A lead that is made too early stays."""
    known, leads, _ = KNOWN[where]
    await office.client_of(*known)
    office.first.go_down()
    async with office.delivered(call(NUMBER)):
        await office.until("journal")
        assert (await office.calls(), await office.leads()) == ((0, 0, 1), (0, 0, 0))
        office.first.come_up()
    assert (await office.calls(), await office.leads()) == ((1, 1, 1), leads)


async def test_a_client_of_the_second_does_not_wait_for_the_first_that_is_away(
    office: Office,
) -> None:
    await office.client_of("second")
    office.first.go_down()
    async with office.delivered(call(NUMBER)):
        await office.until("second", "journal")
        assert await office.calls() == (0, 1, 1)
        assert await office.rings() == "102"
        office.first.come_up()
    assert await office.calls() == (1, 1, 1)


async def test_the_first_does_not_wait_for_the_second_that_is_away(office: Office) -> None:
    await office.client_of("first", "second")
    office.second.go_down()
    async with office.delivered(call(NUMBER)):
        await office.until("first", "journal")
        assert await office.calls() == (1, 0, 1)
        assert await office.rings() == "101"
        office.second.come_up()
    assert await office.calls() == (1, 1, 1)


async def test_a_journal_that_is_away_gets_its_calls_later(office: Office) -> None:
    office.journal.go_down()
    async with office.delivered(call(NUMBER)):
        await office.until("first", "second")
        assert await office.calls() == (1, 1, 0)
        office.journal.come_up()
    assert await office.calls() == (1, 1, 1)
