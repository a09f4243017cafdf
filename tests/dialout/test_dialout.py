"""From a request to the client's call, whatever the PBX says: dialled at most once, and told of."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bridge.dialout.dialout import Dialout
from bridge.dialout.expecting import Linked
from bridge.dialout.ports import FateUnknown, NotSent
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.causes import Cause
from bridge.domain.pbx_events import ChannelEnded, ChannelSnapshot
from tests.dialout.conftest import NOW, Desk, begins, request

A_WHILE = timedelta(minutes=2)


async def test_the_clients_call_is_linked_to_what_the_crm_announced(
    desk: Desk, dialout: Dialout
) -> None:
    dialout.submit(desk.asker(), request())
    linked = dialout.expecting.tell(begins(await desk.until_ordered()))
    assert linked == Linked("crm", "h1")
    await desk.until(lambda: desk.counted.times["click_requests crm called"], "the call")
    found = await desk.store.announced("crm", "pbx-1.2")
    assert found is not None
    assert (found.handle, found.call, desk.told) == ("h1", None, {})


async def test_another_call_of_the_same_link_is_not_the_clients(
    desk: Desk, dialout: Dialout
) -> None:
    dialout.submit(desk.asker(), request())
    ordered = await desk.until_ordered()
    tell = dialout.expecting.tell
    assert tell(begins(ordered, number="+79160000000")) is None  # the agent's own mobile
    assert tell(begins(ordered)) is not None
    assert tell(begins(ordered, "pbx-1.3")) is None


async def test_a_request_that_comes_twice_is_dialled_once(desk: Desk, dialout: Dialout) -> None:
    for _ in range(3):
        dialout.submit(desk.asker(), request())
    await desk.until(lambda: desk.counted.times["click_requests crm again"] == 2, "two repeats")
    assert (len(desk.orders), desk.told) == (1, {})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Unfulfilled.AGENT_BUSY, Unfulfilled.AGENT_BUSY),
        (Unfulfilled.AGENT_NO_ANSWER, Unfulfilled.AGENT_NO_ANSWER),
        (NotSent("no link"), Unfulfilled.PBX_AWAY),
    ],
)
async def test_who_asked_is_told_why_not(
    said: Unfulfilled | Exception, why: Unfulfilled, desk: Desk, dialout: Dialout
) -> None:
    desk.results.append(said)
    dialout.submit(desk.asker(), request())
    assert await desk.until_told() is why
    assert len(desk.orders) == 1


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (Cause.REJECTED, Unfulfilled.AGENT_DECLINED),
        (Cause.CONGESTION, Unfulfilled.AGENT_UNAVAILABLE),
        (None, Unfulfilled.AGENT_UNAVAILABLE),  # no channel of it ever was
    ],
)
async def test_a_phone_that_declined_is_told_apart_from_one_that_is_not_there(
    cause: Cause | None, why: Unfulfilled, desk: Desk, dialout: Dialout
) -> None:
    desk.results.append(Unfulfilled.AGENT_UNAVAILABLE)
    dialout.submit(desk.asker(), request())
    made = await desk.until_ordered()
    if cause is not None:
        dialout.expecting.hear(ChannelEnded(NOW, ChannelSnapshot(made.id, "PJSIP/102-1"), cause))
    await desk.clock.waits.acquire()
    desk.clock.move(A_WHILE)
    assert await desk.until_told() is why


@pytest.mark.parametrize(
    ("said", "why"),
    [(None, Unfulfilled.BAD_NUMBER), (FateUnknown("no answer"), Unfulfilled.UNKNOWN)],
)
async def test_a_client_who_is_not_called_in_time_never_was(
    said: Exception | None, why: Unfulfilled, desk: Desk, dialout: Dialout
) -> None:
    desk.results.append(said)
    dialout.submit(desk.asker(), request())
    await desk.clock.waits.acquire()
    desk.clock.move(A_WHILE)
    assert await desk.until_told() is why
    assert len(desk.orders) == 1


async def test_an_order_whose_answer_was_lost_may_still_become_a_call(
    desk: Desk, dialout: Dialout
) -> None:
    desk.results.append(FateUnknown("the link was lost"))
    dialout.submit(desk.asker(), request())
    assert dialout.expecting.tell(begins(await desk.until_ordered())) == Linked("crm", "h1")
    await desk.until(lambda: desk.counted.times["click_requests crm called"], "the call")
    assert desk.told == {}


async def test_a_click_that_nobody_waits_for_any_more_is_not_dialled(
    desk: Desk, dialout: Dialout
) -> None:
    dialout.submit(desk.asker(), request(asked_at=NOW - timedelta(seconds=31)))
    assert await desk.until_told() is Unfulfilled.TOO_LATE
    assert desk.orders == []


async def test_without_a_pbx_nothing_is_promised(desk: Desk, dialout: Dialout) -> None:
    desk.live = False
    assert dialout.refusal(desk.asker(), request()) is Unfulfilled.PBX_AWAY
    dialout.submit(desk.asker(), request())
    assert await desk.until_told() is Unfulfilled.PBX_AWAY


async def test_the_next_process_neither_dials_again_nor_forgets_whose_call_it_was(
    desk: Desk,
) -> None:
    first = desk.dialout()
    async with asyncio.TaskGroup() as group:
        group.create_task(first.run())
        first.submit(desk.asker(), request())
        ordered = await desk.until_ordered()
        first.stop()
    second = desk.dialout()
    await second.expecting.restore()
    async with asyncio.TaskGroup() as group:
        group.create_task(second.run())
        second.submit(desk.asker(), request())
        await desk.until(lambda: desk.counted.times["click_requests crm again"], "the repeat")
        linked = second.expecting.tell(begins(ordered))
        second.stop()
    assert (linked, len(desk.orders)) == (Linked("crm", "h1"), 1)
