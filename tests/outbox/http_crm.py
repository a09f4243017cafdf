"""A counting CRM over HTTP that may forget to answer, and the connector that speaks to it.

The server makes whatever it is asked, as often as it is asked, and counts. Some requests are put
off before anything is done, some are done and their answer is cut off, some never come to be.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bridge.domain.commands import CreateLead, Outcome, Verdict
from bridge.domain.entities import EntityKind, EntityRef, Lead, Match
from bridge.domain.ports import Announced, CrmUnavailable, Search
from bridge.domain.record import CallRecord, Recording

TROUBLE = 0.1  # of all writes, for each kind of trouble


class CountingCrm:
    """`watch` is called at each stage of each request: asked, done."""

    def __init__(self, dice: random.Random, watch: Callable[[str], None]) -> None:
        self._dice = dice
        self._watch = watch
        self.effects: Counter[str] = Counter()
        self.made: dict[str, str] = {}
        self.bodies: dict[str, dict[str, Any]] = {}
        self.gate = asyncio.Event()  # while it is cleared, no write is answered
        self.gate.set()
        self._asked = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/write", self._write)
        app.router.add_get("/find", self._find)
        app.router.add_get("/leads", self._leads)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def is_asked(self) -> bool:
        """Whether somebody waits at the gate."""
        return self._asked > 0

    async def _write(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self._watch("asked")
        self._asked += 1
        await self.gate.wait()
        self._asked -= 1
        fate = self._dice.random()
        if fate < TROUBLE:
            return web.Response(status=503, headers={"Retry-After": "0.01"})
        if fate < 2 * TROUBLE:
            return self._cut_off(request)
        key = body["key"]
        self.effects[key] += 1
        self.made[key] = str(len(self.made) + 1)
        self.bodies[key] = body
        self._watch("done")
        if fate < 3 * TROUBLE:
            return self._cut_off(request)
        return web.json_response({"id": self.made[key]})

    def _cut_off(self, request: web.Request) -> web.StreamResponse:
        if request.transport:
            request.transport.abort()
        return web.Response()

    async def _find(self, request: web.Request) -> web.Response:
        self._watch("asked")
        return web.json_response({"id": self.made.get(request.query["key"])})

    async def _leads(self, request: web.Request) -> web.Response:
        self._watch("asked")
        phone = request.query["phone"]
        found = [self.made[key] for key, body in self.bodies.items() if body.get("phone") == phone]
        return web.json_response({"leads": found})


class HttpCrm:
    """The connector: only what the lanes of these tests need."""

    name = "counting"

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    @classmethod
    def session(cls) -> ClientSession:
        return ClientSession(timeout=ClientTimeout(total=5))

    async def lookup(self, phone: str) -> list[Match]:
        leads = await self.find_leads(Search(phone=phone))
        return [Match(entity=EntityRef(EntityKind.LEAD, lead.id)) for lead in leads]

    async def find_leads(self, query: Search) -> list[Lead]:
        found = await self._ask("/leads", phone=query.phone or "")
        return [Lead(id=id) for id in found["leads"]]

    async def find(self, key: str) -> str | None:
        id: str | None = (await self._ask("/find", key=key))["id"]
        return id

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        return await self._write(key, phone=lead.phone)

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        return await self._write(key, on=[entity.id for entity in entities])

    async def attach_recording(
        self, call: str, recording: Recording, file: Path | str, key: str
    ) -> Outcome:
        return await self._write(key, call=call)

    async def _ask(self, path: str, **query: str) -> dict[str, Any]:
        try:
            async with self._session.get(self._url + path, params=query) as answer:
                found: dict[str, Any] = await answer.json()
                return found
        except (ClientError, TimeoutError) as error:
            raise CrmUnavailable(type(error).__name__) from error

    async def _write(self, key: str, **body: object) -> Outcome:
        try:
            async with self._session.post(
                f"{self._url}/write", json={"key": key, **body}
            ) as answer:
                if answer.status == 503:
                    wait = float(answer.headers["Retry-After"])
                    return Outcome(verdict=Verdict.TRY_LATER, retry_after=wait)
                return Outcome(verdict=Verdict.ACCEPTED, result=(await answer.json())["id"])
        except (ClientError, TimeoutError) as error:
            return Outcome(verdict=Verdict.UNCLEAR, detail=type(error).__name__)
