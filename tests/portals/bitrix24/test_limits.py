"""The leaky bucket of requests, and the seconds each method may work."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.portals.bitrix24 import Allowance, Clock, Portal
from tests.portals.bitrix24.asking import Asking
from tests.portals.bitrix24.conftest import NOON

TOO_MANY = (503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
BLOCKED = (429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    """As a portal in the cloud is, except that `scope` costs a minute and a half."""
    allowance = Allowance(seconds={"scope": 90})
    async with Portal(Clock(NOON), allowance=allowance) as portal:
        yield portal


async def statuses(ask: Asking, count: int) -> list[int]:
    return [(await ask("profile")).status for _ in range(count)]


async def test_fifty_requests_are_borne_at_once_and_no_more(ask: Asking) -> None:
    assert await statuses(ask, 51) == [200] * 50 + [503]
    assert (await ask("profile")).error == TOO_MANY


async def test_two_requests_drain_each_second(portal: Portal, ask: Asking) -> None:
    await statuses(ask, 50)
    portal.clock.move(3)
    assert await statuses(ask, 7) == [200] * 6 + [503]


async def test_a_batch_is_one_request(ask: Asking) -> None:
    cmd = {str(number): "profile" for number in range(50)}
    for _ in range(50):
        assert (await ask("batch", cmd=cmd)).status == 200
    assert (await ask("batch", cmd=cmd)).error == TOO_MANY


async def test_another_plan_allows_more(portal: Portal, ask: Asking) -> None:
    portal.allowance.burst, portal.allowance.per_second = 250, 5
    assert (await statuses(ask, 251))[249:] == [200, 503]


async def test_a_method_that_worked_too_long_is_blocked_and_others_are_not(ask: Asking) -> None:
    answers = [await ask("scope") for _ in range(7)]
    assert [answer.status for answer in answers] == [200] * 6 + [429]
    assert answers[-1].error == BLOCKED
    assert (await ask("profile")).status == 200


async def test_it_works_again_when_its_oldest_minute_is_forgotten(
    portal: Portal, ask: Asking
) -> None:
    answers = [await ask("scope") for _ in range(6)]
    reset_at = answers[-1].body["time"]["operating_reset_at"]
    assert reset_at == portal.clock() + 600
    portal.clock.move(reset_at - portal.clock() - 1)
    assert (await ask("scope")).status == 429
    portal.clock.move(1)
    assert (await ask("scope")).status == 200


async def test_the_parts_of_a_batch_spend_time_and_the_batch_does_not(ask: Asking) -> None:
    batch = await ask.batch({str(number): "scope" for number in range(7)})
    assert set(batch["result"]) == {"0", "1", "2", "3", "4", "5"}
    assert batch["result_error"]["6"]["error"] == "OPERATION_TIME_LIMIT"
    assert batch["result_time"]["5"]["operating"] == 540
