"""What happens during a call is told at once, in order, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from bridge.crm.webhook import WebhookCrm, WebhookCrmSettings
from bridge.domain.call_events import (
    AgentRinging,
    AgentStoppedRinging,
    CallEvent,
    CallFinished,
    CallStarted,
    TalkChanged,
)
from bridge.domain.moments import Unfolding
from bridge.domain.record import CallRecord, Client, Direction
from tests.crm.webhook.receiver import SECRETS, Heard, Receiver, receiving
from tests.rules.office import call

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLIENT = Client(number="+79161234567", raw="89161234567")


def started(call_id: str = "pbx-1.1", direction: Direction = Direction.INBOUND) -> CallStarted:
    return CallStarted(AT, call_id, direction, CLIENT, "+74951234501")


def conversation(call_id: str = "pbx-1.1") -> list[CallEvent]:
    """It rings at two, 101 answers, and the client ends up with 102."""
    return [
        started(call_id),
        AgentRinging(AT, call_id, "101"),
        AgentRinging(AT, call_id, "102"),
        AgentStoppedRinging(AT, call_id, "102"),
        TalkChanged(AT, call_id, ("101",)),
        TalkChanged(AT, call_id, ()),
        TalkChanged(AT, call_id, ("101",)),
        TalkChanged(AT, call_id, ("102",)),
        CallFinished(call(call_id=call_id)),
    ]


@asynccontextmanager
async def telling(**given: Any) -> AsyncIterator[tuple[Receiver, WebhookCrm, Heard]]:
    """A receiver, and a webhook whose live part runs."""
    async with receiving() as receiver, asyncio.TaskGroup() as group:
        values = {
            "url": receiver.address,
            "secrets": SECRETS[:1],
            "events": ["started", "ringing", "answered", "transferred"],
            **given,
        }
        crm = WebhookCrm(WebhookCrmSettings.model_validate(values))
        crm.live.counters = counted = Heard()
        running = group.create_task(crm.live.run())
        yield receiver, crm, counted
        running.cancel()
        await crm.close()


@pytest.mark.proves("S4-09", "S4-38")
async def test_a_call_is_told_as_it_happens_and_in_order() -> None:
    async with telling() as (receiver, crm, _):
        for event in conversation():
            crm.live.hear(event)
        await receiver.until(5)
    assert receiver.events() == ["started", "ringing", "ringing", "answered", "transferred"]
    bodies = list(receiver.taken.values())
    assert [body["agents"] for body in bodies] == [[], ["101"], ["102"], ["101"], ["102"]]
    assert CallRecord.from_json({k: v for k, v in bodies[-1].items() if k != "agents"})


async def test_a_receiver_that_stumbles_is_asked_again_with_the_same_id() -> None:
    async with telling() as (receiver, crm, counted):
        answers = [web.Response(status=503), None]
        receiver.answer = lambda: answers.pop(0)
        crm.live.hear(started())
        await receiver.until(2)
        await counted.until(1)
    ids = [headers["X-Bridge-Event-Id"] for headers, _ in receiver.seen]
    assert (len(set(ids)), counted.times) == (1, {"live_events webhook started sent": 1})


async def test_a_receiver_that_says_no_is_not_asked_again_and_it_is_counted() -> None:
    async with telling() as (receiver, crm, counted):
        receiver.answer = lambda: web.Response(status=404)
        crm.live.hear(started())
        await counted.until(1)
    assert (len(receiver.seen), counted.times) == (1, {"live_events webhook started dropped": 1})


async def test_what_is_late_is_dropped() -> None:
    async with telling(live_within=0.2) as (receiver, crm, counted):
        receiver.gate.clear()
        for event in conversation()[:3]:
            crm.live.hear(event)
        await counted.until(3)
    assert len(receiver.seen) <= 2  # the second may have been late by nothing yet
    assert counted.times == {
        "live_events webhook started dropped": 1,
        "live_events webhook ringing dropped": 2,
    }


async def test_a_flood_is_bounded_and_never_holds_up_the_teller() -> None:
    crm = WebhookCrm(WebhookCrmSettings.model_validate({"url": "http://127.0.0.1:1"}))
    crm.live.counters = counted = Heard()
    for number in range(5000):
        crm.live.hear(started(f"pbx-{number}.1"))
    assert counted.times["live_events webhook started dropped"] >= 5000 - 8 * 200


async def test_what_was_not_asked_for_is_not_sent() -> None:
    async with telling(events=["answered"], when="agents | first == '101'") as (receiver, crm, _):
        for event in (*conversation("pbx-1.1"), *conversation("pbx-2.1")):
            crm.live.hear(event)
        await receiver.until(2)
    assert receiver.events() == ["answered", "answered"]


def test_an_internal_call_and_one_that_was_never_begun_are_nobody_s_business() -> None:
    unfolding = Unfolding()
    told = [
        unfolding.happened(event)
        for event in (started("pbx-9.1", Direction.INTERNAL), *conversation()[1:])
    ]
    assert not any(told)
