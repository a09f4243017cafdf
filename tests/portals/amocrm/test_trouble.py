"""Limits, and each switch of the account: what a client sees, and whether the write was done."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.portals.amocrm import Clock, Kind, Portal
from tests.portals.amocrm.raw import Raw

ADD = "POST leads"


async def statuses(ask: Raw, count: int) -> list[int]:
    return [(await ask("GET", "account")).status for _ in range(count)]


@pytest.fixture
async def strict() -> AsyncIterator[Raw]:
    """An account with the limits of the documentation; its clock stands."""
    async with Portal(Clock(1789981200.0)) as portal, ClientSession() as session:
        yield Raw(portal, session)


async def test_seven_requests_a_second_and_no_more(strict: Raw) -> None:
    assert await statuses(strict, 8) == [200] * 7 + [429]
    strict.portal.clock.move(1)
    assert await statuses(strict, 1) == [200]


async def test_a_refusal_for_too_many_is_no_json(strict: Raw) -> None:
    await statuses(strict, 7)
    answer = await strict("GET", "account")
    assert (answer.status, answer.kind) == (429, "text/html")


async def test_who_goes_on_is_blocked_with_a_page(strict: Raw) -> None:
    assert (await statuses(strict, 29))[-2:] == [429, 403]
    strict.portal.clock.move(minutes=10)
    answer = await strict("GET", "account")
    assert (answer.status, answer.kind) == (403, "text/html")


@pytest.mark.parametrize(
    ("kind", "status", "json"),
    [
        (Kind.SERVER_ERROR, 500, False),
        (Kind.GATEWAY_TIMEOUT, 504, False),
        (Kind.UNAUTHORIZED, 401, True),
        (Kind.UNPAID, 402, True),
        (Kind.FORBIDDEN, 403, True),
        (Kind.BLOCKED, 403, False),
        (Kind.TOO_MANY, 429, False),
    ],
)
async def test_an_error_is_answered_and_nothing_is_written(
    portal: Portal, ask: Raw, kind: Kind, status: int, json: bool
) -> None:
    portal.fault(kind, ADD)
    answer = await ask("POST", "leads", [{"name": "x"}])
    assert (answer.status, answer.body is not None, portal.leads) == (status, json, {})
    assert (await ask("POST", "leads", [{"name": "x"}])).status == 200


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("kind", [Kind.CUT, Kind.SLOW])
async def test_an_answer_is_lost_before_or_after_the_write(
    portal: Portal, kind: Kind, applied: bool
) -> None:
    portal.fault(kind, ADD, applied=applied)
    async with ClientSession(timeout=ClientTimeout(total=0.2)) as session:
        with pytest.raises((ClientError, TimeoutError)):
            await Raw(portal, session)("POST", "leads", [{"name": "x"}])
    assert len(portal.leads) == applied


@pytest.mark.parametrize("kind", [Kind.GATEWAY_TIMEOUT, Kind.SERVER_ERROR])
async def test_an_error_of_the_server_may_come_after_the_write(
    portal: Portal, ask: Raw, kind: Kind
) -> None:
    portal.fault(kind, ADD, applied=True)
    await ask("POST", "leads", [{"name": "x"}])
    assert len(portal.leads) == 1


async def test_a_fault_of_every_request_lasts_until_it_is_lifted(portal: Portal, ask: Raw) -> None:
    fault = portal.fault(Kind.UNPAID, times=None)
    assert await statuses(ask, 3) == [402] * 3
    fault.lift()
    assert (await statuses(ask, 1), fault.struck) == ([200], 3)


async def test_an_account_that_is_down_comes_up_where_it_was(portal: Portal, ask: Raw) -> None:
    await portal.go_down()
    with pytest.raises(ClientError):
        await ask("GET", "account")
    await portal.come_up()
    assert await statuses(ask, 1) == [200]


@pytest.mark.parametrize("path", ["deals", "contacts/1/merge", "calls"])
async def test_what_the_api_does_not_have_is_not_there(ask: Raw, path: str) -> None:
    assert (await ask("GET", path)).status in (404, 405)
