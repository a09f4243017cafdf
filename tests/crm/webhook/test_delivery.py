"""Finished calls and recordings, through the outbox to a receiver that checks what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from bridge.crm.webhook import WebhookCrm, WebhookCrmSettings
from bridge.crm.webhook.connector import CAPABILITIES
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.outbox.carrier import Carrier
from bridge.outbox.destination import Destination
from bridge.outbox.retry import RetrySettings
from tests.crm.webhook.receiver import SECRETS, Receiver, receiving
from tests.outbox.conftest import Desk, clock, crm, desk, store
from tests.rules import office

__all__ = ["clock", "crm", "desk", "store"]

Point = Callable[..., None]


def call(**facts: Any) -> CallRecord:
    """An answered call without recordings, unless they are given."""
    return office.call(**{"recordings": (), **facts})


def missed(**facts: Any) -> CallRecord:
    return office.missed(**{"recordings": (), **facts})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def point(desk: Desk, receiver: Receiver) -> AsyncIterator[Point]:
    """Point the desk's deliveries at the receiver, with these settings of the webhook."""
    made: list[WebhookCrm] = []

    def pointing(**given: Any) -> None:
        values = {"name": "crm", "url": receiver.address, "secrets": SECRETS[:1], **given}
        made.append(WebhookCrm(WebhookCrmSettings.model_validate(values)))
        desk.destination = Destination(name="crm", crm=made[-1], capabilities=CAPABILITIES)
        desk.carrier = Carrier(
            desk.destination,
            desk.store,
            clock=desk.clock,
            dice=lambda: 0.5,
            counters=desk.counted,
            settings=RetrySettings(),
        )

    yield pointing
    for each in made:
        await each.close()


@pytest.mark.proves("S4-09", "S4-38")
async def test_a_finished_call_arrives_as_its_record_and_signed(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point()
    record = call()
    await desk.finish(record)
    await desk.deliver()
    assert list(receiver.taken.values()) == [record.to_json()]
    assert await desk.states() == ["call done"]


async def test_nobody_unknown_to_a_crm_is_counted_where_there_is_no_crm(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point()
    await desk.finish(call(responsible="999", answered_by=("999",)))
    await desk.deliver()
    [body] = receiver.taken.values()
    assert (body["oddities"], desk.counted.times["rule_notes unmapped_agent"]) == ([], 0)


@pytest.mark.proves("S4-11", "S4-12", "S4-39")
async def test_what_a_receiver_did_not_take_comes_again_and_counts_once(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point(timeout=0.3)
    receiver.gate.clear()
    await desk.finish(call())
    await desk.deliver()
    answers = [None, web.Response(status=503), web.Response(status=429), None]
    receiver.answer = lambda: answers.pop(0)
    receiver.gate.set()  # taken, long after we stopped listening for the answer
    for _ in range(4):
        await desk.deliver_in(timedelta(minutes=1))
    assert (len(receiver.seen), len(receiver.taken), await desk.states()) == (
        4,
        1,
        ["call done"],
    )
    assert len({headers["X-Bridge-Event-Id"] for headers, _ in receiver.seen}) == 1


async def test_a_receiver_that_refuses_parks_the_call_with_its_words(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point()
    receiver.answer = lambda: web.Response(status=422, text="no field `did`")
    await desk.finish(call())
    await desk.deliver()
    [entry] = await desk.store.deliveries()
    assert (entry.state, "no field `did`" in entry.detail) == ("parked", True)


async def test_a_signed_body_follows_no_redirect(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point()
    receiver.answer = lambda: web.Response(status=307, headers={"Location": receiver.address})
    await desk.finish(call())
    await desk.deliver()
    assert (len(receiver.seen), await desk.states()) == (1, ["call parked"])


async def test_while_a_secret_is_changed_both_are_good(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point(secrets=SECRETS)
    await desk.finish(call(call_id="pbx-1.1"), call(call_id="pbx-2.1"))
    await desk.deliver()
    receiver.secret = SECRETS[1]
    await desk.finish(call(call_id="pbx-3.1"))
    await desk.deliver()
    assert len(receiver.taken) == 3


@pytest.mark.proves("S4-10")
async def test_only_what_the_condition_wants_is_sent_and_its_recordings_with_it(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point(
        when="record.disposition == 'missed' and record.wait_seconds > 20",
        events=["finished", "recording"],
    )
    ready = (Recording(id="1.wav", file="/keep/1.wav", state=RecordingState.READY),)
    await desk.finish(
        missed(call_id="pbx-1.1", wait_seconds=21.0),
        missed(call_id="pbx-2.1", wait_seconds=20.0, recordings=ready),
        missed(call_id="pbx-3.1", wait_seconds=None),
        call(call_id="pbx-4.1", wait_seconds=30.0),
    )
    await desk.deliver()
    assert list(receiver.taken) == ["crm/pbx-1.1/log_call/call"]
    assert set(await desk.states()) == {"call done", "1.wav done"}


async def test_a_recording_that_is_ready_later_is_an_event_of_its_own(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point(events=["recording"])
    item = Recording(id="1.wav", pbx_path="/spool/1.wav")
    await desk.finish(call(recordings=(item,)))
    await desk.deliver()
    ready = replace(item, file="/keep/1.wav", state=RecordingState.READY)
    await desk.store.change_recording("pbx-1.1", ready, now=desk.clock.now())
    await desk.deliver()
    [body] = receiver.taken.values()
    assert (body["call_id"], body["recording"]["id"], body["recording"]["file"]) == (
        "pbx-1.1",
        "1.wav",
        None,
    )
    assert receiver.events() == ["recording"]


async def test_the_receiver_gets_its_own_words_in_its_own_place(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point(
        url=receiver.address + "/{{ record.direction }}?did={{ record.did | urlencode }}",
        headers={"X-Client": "{{ record.client.name | default('', true) }}"},
        body='{"who": {{ record.responsible | tojson }}}',
    )
    record = call()
    hostile = replace(record.client, name="Eve\r\nX-Admin: yes")
    await desk.finish(replace(record, client=hostile))
    await desk.deliver()
    [(headers, body)] = receiver.seen
    assert (headers["X-Client"], "X-Admin" in headers, body) == (
        "Eve  X-Admin: yes",
        False,
        b'{"who": "101"}',
    )


async def test_a_slow_receiver_does_not_hold_up_the_loop(
    desk: Desk, receiver: Receiver, point: Point
) -> None:
    point(timeout=0.2)
    receiver.gate.clear()
    await desk.finish(*(call(call_id=f"pbx-{n}.1") for n in range(3)))
    async with asyncio.timeout(10):
        await desk.deliver()
    assert await desk.states() == ["call waiting"] * 3
