"""One deadline for many: who is late is told so, nobody else is."""

from __future__ import annotations

import asyncio

import pytest

from bridge.agi.deadline import Deadline
from tests.agi.loops import event_loop_policy as event_loop_policy


async def answers(after: float) -> str:
    await asyncio.sleep(after)
    return "an answer"


async def test_what_is_in_time_is_answered_beside_what_is_late() -> None:
    deadline = Deadline(0.05)
    found = await asyncio.gather(
        *(deadline.within(answers(after)) for after in (0, 5, 0.001, 5)), return_exceptions=True
    )
    assert [str(one) or type(one) for one in found] == [
        *("an answer", TimeoutError, "an answer", TimeoutError)
    ]


async def test_the_timer_serves_who_comes_later_too() -> None:
    deadline = Deadline(0.02)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await deadline.within(answers(5))


async def test_a_deadline_within_another_ends_first() -> None:
    inner, outer = Deadline(0.01), Deadline(5)

    async def falls_back() -> str:
        try:
            return await inner.within(answers(5))
        except TimeoutError:
            return "without it"

    assert await outer.within(falls_back()) == "without it"


async def test_who_is_cancelled_is_not_late() -> None:
    task = asyncio.ensure_future(Deadline(5).within(answers(5)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
