"""What stands in the built-in CRM of a running daemon, read from its file beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from tests.lab.daemon import RunningDaemon
from tests.lab.wait import until

SETTLING = {"expected", "ready"}  # states that a recording does not keep


class Desk:
    """Reads beside the daemon; nobody waits for anybody."""

    def __init__(self, daemon: RunningDaemon, crm: BuiltinCrm) -> None:
        self.daemon = daemon
        self._crm = crm

    async def rows(self, kind: str) -> list[dict[str, Any]]:
        """Everything of this kind, newest first: calls, leads, contacts, deals."""
        return await self._crm.rows(kind, 500)

    async def record(self, number: str, within: float = 30) -> dict[str, Any]:
        """The newest call of this client, once it is stored and its recordings settled."""
        return (await self.records(number, 1, within))[-1]

    async def records(self, number: str, count: int, within: float = 30) -> list[dict[str, Any]]:
        """So many calls of this client, oldest first, once all are in the CRM and settled."""

        async def look() -> list[dict[str, Any]] | None:
            logged = {row["call_id"] for row in await self.rows("calls")}
            found = [
                one
                for one in await self.daemon.finished()
                if one["client"]["number"] == number and one["call_id"] in logged
            ]
            waiting = [one for record in found for one in record["recordings"]]
            settled = not any(one["state"] in SETTLING for one in waiting)
            return found if len(found) >= count and settled else None

        return await until(look, f"{count} calls of {number} in the CRM", within)

    async def logged(self, number: str) -> dict[str, Any]:
        """The newest call of this client as the CRM's call list has it, with its recordings."""
        record = await self.record(number)
        [row] = [row for row in await self.rows("calls") if row["call_id"] == record["call_id"]]
        return row

    async def follows(self, number: str, agent: str) -> str:
        """Wait until the daemon knows that they talk; the call's id."""

        async def look() -> str | None:
            calls = [one for one in await self._live() if one["client"]["number"] == number]
            return next((one["call_id"] for one in calls if agent in one["talking"]), None)

        return await until(look, f"{number} and {agent} to talk in the daemon's eyes")

    async def sees(self, number: str, agent: str) -> str:
        """As `follows`, and the daemon has it in its journal, so that it may die."""

        async def look() -> bool:
            return journal.read_bytes().count(b"Event: BridgeEnter\r\n") >= 2

        journal = self.daemon.folder / "journal" / "office.ami"
        call_id = await self.follows(number, agent)
        await until(look, "the talk to be in the journal")
        return call_id

    async def _live(self) -> list[dict[str, Any]]:
        """The calls in progress, as the page gets them when it opens."""
        async with (
            aiohttp.ClientSession(self.daemon.address, headers=self.daemon.bearer) as web,
            web.get("/api/v1/live") as stream,
        ):
            data = await stream.content.readuntil(b"\n\n")
        calls: list[dict[str, Any]] = json.loads(data.split(b"data: ")[1])
        return calls


@asynccontextmanager
async def desk_of(daemon: RunningDaemon) -> AsyncIterator[Desk]:
    crm = BuiltinCrm(BuiltinSettings(file=daemon.folder / "crm.db", pipelines=()))
    try:
        yield Desk(daemon, crm)
    finally:
        await crm.close()
