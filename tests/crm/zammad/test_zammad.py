"""Zammad's caller log, told by its generic CTI interface."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bridge.crm.zammad import Zammad, ZammadSettings
from bridge.crm.zammad.messages import cause
from bridge.domain.call_events import AgentRinging, CallFinished, CallStarted, TalkChanged
from bridge.domain.commands import Verdict
from bridge.domain.record import CallRecord, Client, Direction, Disposition, MissedReason
from tests.crm.webhook.receiver import Heard
from tests.outbox.conftest import StillClock
from tests.rules.office import call

CLIENT = Client(number="+79161234567")
TOKEN = "PhXp3ZG63Qy"


@dataclass
class Helpdesk:
    """A Zammad that knows its calls: it refuses an event of one that it was never told of."""

    calls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    away: int = 0  # so many requests from now fail
    address: str = ""
    something: asyncio.Event = field(default_factory=asyncio.Event)

    async def cti(self, request: web.Request) -> web.Response:
        if self.away:
            self.away -= 1
            return web.Response(status=503)
        told = await self._told(request)
        if not {"event", "from", "to", "direction", "callId"} <= told.keys():
            return web.json_response({"error": "something is missing"}, status=422)
        if told["event"] != "newCall" and told["callId"] not in self.calls:
            return web.json_response({"error": "no such call"}, status=422)
        self.calls.setdefault(told["callId"], []).append(told)
        self.something.set()
        return web.json_response({})

    async def _told(self, request: web.Request) -> dict[str, Any]:
        if request.content_type == "application/json":
            plain: dict[str, Any] = await request.json()
            return plain
        form = await request.post()
        return {
            name.removesuffix("[]"): form.getall(name) if name.endswith("[]") else form[name]
            for name in form
        }

    async def until(self, call_id: str, count: int) -> list[dict[str, Any]]:
        while len(self.calls.get(call_id, ())) < count:
            self.something.clear()
            await self.something.wait()
        return self.calls[call_id]


@dataclass
class Office:
    helpdesk: Helpdesk
    zammad: Zammad
    clock: StillClock
    heard: Heard

    def rings(self, call_id: str = "pbx-1.1") -> None:
        at = self.clock.now()
        self.zammad.live.hear(CallStarted(at, call_id, Direction.INBOUND, CLIENT, "+74951234501"))
        self.zammad.live.hear(AgentRinging(at, call_id, "101"))

    def answers(self, call_id: str = "pbx-1.1") -> None:
        self.zammad.live.hear(TalkChanged(self.clock.now(), call_id, ("101",)))

    def ends(self, call_id: str = "pbx-1.1") -> CallRecord:
        record = call(call_id=call_id, ended_at=self.clock.now())
        self.zammad.live.hear(CallFinished(record))
        return record

    async def log(self, record: CallRecord) -> Verdict:
        return (await self.zammad.log_call(record, None, (), "zammad/log")).verdict


@asynccontextmanager
async def office(**given: Any) -> AsyncIterator[Office]:
    helpdesk, clock = Helpdesk(), StillClock()
    app = web.Application()
    app.router.add_post(f"/api/v1/cti/{TOKEN}", helpdesk.cti)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1/cti/{TOKEN}"
    settings = ZammadSettings.model_validate(
        {"endpoint": endpoint, "names": {"101": "Анна"}, **given}
    )
    zammad = Zammad(settings, clock.now)
    zammad.live.counters = heard = Heard()
    async with asyncio.TaskGroup() as group:
        live = group.create_task(zammad.live.run())
        yield Office(helpdesk, zammad, clock, heard)
        live.cancel()
    await zammad.close()
    await runner.cleanup()


@pytest.mark.parametrize("encoding", ["json", "form"])
async def test_a_call_is_new_is_answered_and_ends(encoding: str) -> None:
    async with office(encoding=encoding) as at:
        at.rings()
        at.answers()
        await at.helpdesk.until("pbx-1.1", 2)
        record = at.ends()
        await at.heard.until(2)
        await at.log(record)
        told = await at.helpdesk.until("pbx-1.1", 3)
    common = {"from": "79161234567", "to": "74951234501", "direction": "in", "callId": "pbx-1.1"}
    anna = {"answeringNumber": "101", "user": ["Анна"]}
    assert told == [
        {"event": "newCall", **common},
        {"event": "answer", **common, **anna},
        {"event": "hangup", **common, **anna, "to": told[2]["to"], "cause": "normalClearing"},
    ]


async def test_a_hangup_waits_for_what_came_before_it() -> None:
    async with office() as at:
        at.rings()
        assert await at.log(at.ends()) is Verdict.TRY_LATER


async def test_a_hangup_is_tried_again_within_its_minute_and_not_after() -> None:
    async with office() as at:
        at.rings()
        await at.helpdesk.until("pbx-1.1", 1)
        record = at.ends()
        await at.heard.until(1)
        at.helpdesk.away = 100
        early = await at.log(record)
        at.clock.move(timedelta(seconds=61))
        late = await at.log(record)
    assert (early, late, at.helpdesk.away) == (Verdict.TRY_LATER, Verdict.ACCEPTED, 99)


async def test_a_call_that_zammad_never_heard_of_parks_nothing() -> None:
    async with office() as at:
        assert await at.log(at.ends()) is Verdict.ACCEPTED
    assert at.helpdesk.calls == {}


async def test_a_hidden_number_is_anonymous() -> None:
    async with office() as at:
        hidden = CallStarted(None, "pbx-1.1", Direction.INBOUND, Client(withheld=True), None)
        at.zammad.live.hear(hidden)
        [told] = await at.helpdesk.until("pbx-1.1", 1)
    assert (told["from"], told["to"]) == ("anonymous", "anonymous")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "normalClearing"),
        ({"transferred_out": "+79031112233"}, "forwarded"),
        ({"disposition": Disposition.MISSED, "missed_reason": MissedReason.ABANDONED}, "cancel"),
        ({"disposition": Disposition.MISSED, "missed_reason": MissedReason.NO_ANSWER}, "noAnswer"),
        ({"disposition": Disposition.MISSED, "missed_reason": MissedReason.BUSY}, "busy"),
        ({"disposition": Disposition.VOICEMAIL}, "noAnswer"),
        ({"disposition": Disposition.BUSY}, "busy"),
        ({"disposition": Disposition.NO_ANSWER}, "noAnswer"),
        ({"disposition": Disposition.FAILED, "cause": 34}, "congestion"),
        ({"disposition": Disposition.FAILED, "cause": 1}, "notFound"),
        ({"disposition": None}, "cancel"),
    ],
)
def test_how_a_call_ended_in_zammad_s_words(facts: dict[str, Any], expected: str) -> None:
    assert cause(call(**facts)) == expected


def test_the_token_is_never_printed() -> None:
    settings = ZammadSettings.model_validate({"endpoint": f"https://h.example.org/{TOKEN}"})
    assert TOKEN not in repr(settings)
