"""A CRM with a button: the built-in one, whose clicks come from a portal over HTTP. Installed by an
entry point as anybody's connector would be.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import aiohttp
import pytest
from aiohttp import web

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.registry import Connector
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.entities import EntityRef
from bridge.domain.ports import Announced, CrmUnavailable, HookRefused
from bridge.domain.record import CallRecord

SECRET = "of the portal"


class ClickerSettings(BuiltinSettings):
    kind: Literal["clicker"] = "clicker"  # type: ignore[assignment]
    portal: str


class Clicker(BuiltinCrm):
    """Polls the portal, takes its posts, and tells it what became of each click."""

    def __init__(self, settings: ClickerSettings) -> None:
        super().__init__(settings)
        self._portal = settings.portal

    async def requests(self) -> AsyncIterator[CallRequest]:
        while True:
            for wanted in await self._ask("next"):
                yield _request(wanted)
            await asyncio.sleep(0.2)

    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]:
        if not hmac.compare_digest(headers.get("X-Secret", ""), SECRET):
            raise HookRefused("the header X-Secret is not the portal's")
        return (_request(json.loads(body)),)

    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> Outcome:
        await self._ask("unfulfilled", {"id": request.id, "why": why})
        return Outcome(verdict=Verdict.ACCEPTED)

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        handle = announced.handle if announced else None
        await self._ask("logged", {"call_id": record.call_id, "handle": handle})
        return await super().log_call(record, user, entities, key, announced)

    async def _ask(self, what: str, told: dict[str, Any] | None = None) -> Any:
        try:
            async with (
                aiohttp.ClientSession(self._portal) as session,
                session.post(f"/{what}", json=told) as answer,
            ):
                return await answer.json()
        except aiohttp.ClientError as error:
            raise CrmUnavailable("the portal is away") from error


def _request(wanted: dict[str, Any]) -> CallRequest:
    return CallRequest(
        id=wanted["id"],
        kind=RequestKind(wanted.get("kind", "click")),
        number=wanted["number"],
        user=wanted.get("user"),
        line=None,
        handle=wanted.get("handle"),
        entity=None,
        asked_at=datetime.fromisoformat(wanted["at"]),
    )


connector = Connector(settings=ClickerSettings, connect=Clicker)


@dataclass
class Portal:
    """What people clicked, and what they were told."""

    address: str = ""
    clicks: list[dict[str, Any]] = field(default_factory=list)
    unfulfilled: dict[str, str] = field(default_factory=dict)
    logged: dict[str, str | None] = field(default_factory=dict)

    def click(self, id: str, number: str, **more: Any) -> dict[str, Any]:
        """A click of somebody, fetched at the next poll; what a post of it would hold."""
        wanted = {"id": id, "number": number, "at": datetime.now(UTC).isoformat(), **more}
        self.clicks.append(wanted)
        return wanted

    async def _next(self, request: web.Request) -> web.Response:
        found, self.clicks = self.clicks, []
        return web.json_response(found)

    async def _unfulfilled(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.unfulfilled[told["id"]] = told["why"]
        return web.json_response({})

    async def _logged(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.logged[told["call_id"]] = told["handle"]
        return web.json_response({})


@asynccontextmanager
async def portal() -> AsyncIterator[Portal]:
    """The portal, served on loopback while inside."""
    made = Portal()
    app = web.Application()
    app.add_routes(
        [
            web.post("/next", made._next),
            web.post("/unfulfilled", made._unfulfilled),
            web.post("/logged", made._logged),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        made.address = f"http://{host}:{port}"
        yield made
    finally:
        await runner.cleanup()


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """The connector, as pip would have installed it, for the processes that are started inside."""
    info = folder / "clicker-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: clicker\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[asterisk_bridge.connectors]\nclicker = tests.daemon.clicker:connector\n"
    )
    root = Path(__file__).parents[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{root}:{folder}")
        yield
