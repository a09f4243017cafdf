"""The portal's queue of clicks and forms: read, cleared, and asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.crm.bitrix24.settings import ClickSettings
from bridge.crm.limiter import Limiter
from bridge.domain.call_requests import CallRequest
from bridge.domain.ports import CrmUnavailable
from tests.crm.bitrix24.clicking import LINE, Address, click, posted
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.harness import settings
from tests.crm.bitrix24.test_client import webhook
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal


async def test_the_queue_is_cleared_once_the_request_is_handed_over(
    polled: AsyncIterator[CallRequest], portal: Portal
) -> None:
    click(portal)
    await asyncio.wait_for(anext(polled), 5)
    assert len(portal.state.offline) == 1
    later = asyncio.ensure_future(anext(polled))
    await portal.until(lambda: portal.state.offline == [])
    later.cancel()


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(
    ("method", "applied"),
    [
        ("event.offline.get", False),
        ("event.offline.get", True),
        ("event.offline.clear", False),
        ("event.offline.clear", True),
    ],
)
async def test_a_cut_connection_loses_no_form_and_gives_it_one_id(
    connect: Connect, portal: Portal, method: str, applied: bool, restarted: bool
) -> None:
    crm, came = connect(click=ClickSettings(poll=0.01)), set[str]()

    async def listen(crm: Bitrix24) -> None:
        async for request in crm.requests():
            came.add(request.id)

    first = asyncio.ensure_future(listen(crm))
    await portal.until(lambda: portal.received("event.offline.get") > 0)
    portal.fault("cut", method, applied=applied, times=1)
    portal.ask_for_callback(made.STRANGER, "call me", LINE)
    with pytest.raises(CrmUnavailable):
        await asyncio.wait_for(first, 5)
    portal.clock.move(minutes=2)
    asked = portal.received("event.offline.get")
    crm = connect(click=ClickSettings(poll=0.01)) if restarted else crm
    second = asyncio.ensure_future(listen(crm))
    await portal.until(lambda: portal.received("event.offline.get") > asked + 1)
    second.cancel()
    assert (len(came), portal.state.offline) == (1, [])


async def test_a_double_click_is_one_call_and_another_number_another(
    polled: AsyncIterator[CallRequest], portal: Portal
) -> None:
    for number in (made.CLIENT, made.CLIENT, made.STRANGER):
        click(portal, number=number)
    numbers = [(await asyncio.wait_for(anext(polled), 5)).number for _ in range(2)]
    assert numbers == [made.CLIENT, made.STRANGER]


async def test_the_portals_call_of_a_repeated_click_is_ended_and_the_first_is_not(
    polled: AsyncIterator[CallRequest], portal: Portal
) -> None:
    first, again = click(portal), click(portal)
    await asyncio.wait_for(anext(polled), 5)
    assert again.finish is not None
    assert (again.finish.code, first.finish, portal.state.notices) == ("603-S", None, {})


async def test_who_goes_on_clicking_is_heard_after_the_window(
    believing: Bitrix24, portal: Portal
) -> None:
    came = []
    for n in range(4):
        call = {"PHONE_NUMBER": made.CLIENT, "USER_ID": "2", "CALL_ID": f"externalCall.{n}"}
        came.append(len(await believing.hooked({}, posted(portal, "ONEXTERNALCALLSTART", call))))
        portal.clock.move(3)
    assert came == [1, 0, 1, 0]


async def test_the_same_number_later_is_a_new_call(
    polled: AsyncIterator[CallRequest], portal: Portal
) -> None:
    ids = set()
    for _ in range(2):
        click(portal)
        ids.add((await asyncio.wait_for(anext(polled), 5)).id)
        portal.clock.move(6)
    assert len(ids) == 2


async def test_a_click_that_nobody_waits_for_is_ended_and_told(
    connect: Connect, portal: Portal
) -> None:
    crm = connect(click=ClickSettings(poll=0.01))
    waiting = asyncio.ensure_future(anext(crm.requests()))
    await portal.until(lambda: portal.received("event.offline.get") > 0)
    portal.fault("query_limit", "event.offline.get")  # the daemon is away for a while
    late = click(portal)
    portal.clock.move(16)
    with pytest.raises(Exception, match="Too many requests"):
        await waiting
    crm._client.limiter = Limiter(1000, 1000)  # the portal's second is over
    again = asyncio.ensure_future(anext(crm.requests()))
    await portal.until(lambda: bool(portal.state.notices))
    again.cancel()
    assert late.finish is not None
    assert late.finish.code == "603-S"


@pytest.mark.parametrize("seconds", [-60, 60, 3600])
async def test_a_click_is_asked_for_by_our_own_clock(
    portal: Portal, tmp_path: Path, seconds: int
) -> None:
    ours = portal.clock() - seconds  # the portal's clock runs so far before
    skewed = settings(portal, tmp_path / "skewed", click=ClickSettings(poll=0.01))
    crm = Bitrix24(skewed, lambda: ours)
    waiting = asyncio.ensure_future(anext(crm.requests()))
    await portal.until(lambda: portal.received("event.offline.get") > 0)
    click(portal)
    request = await asyncio.wait_for(waiting, 5)
    await crm.close()
    assert abs(request.asked_at.timestamp() - ours) < 2


async def test_a_webhook_has_no_queue_and_waits_in_peace(portal: Portal, tmp_path: Path) -> None:
    crm = Bitrix24(webhook(portal, tmp_path), portal.clock)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(crm.requests()), 0.05)
    await crm.close()
    assert portal.requests == []


@pytest.mark.parametrize("told", [True, False])
async def test_clicks_come_again_after_the_application_was_installed_anew(
    address: tuple[Address, str], portal: Portal, told: bool
) -> None:
    handler, url = address
    waiting = asyncio.ensure_future(anext(handler.crm.requests()))
    await portal.until(lambda: portal.received("event.offline.get") > 0)
    portal.install(url if told else "http://127.0.0.1:9/nobody")
    await portal.until(lambda: len(portal.told) == 1)
    if not told:
        portal.clock.move(minutes=10)
    await portal.until(lambda: len(portal.state.handlers) == 2)
    call = click(portal)
    assert (await asyncio.wait_for(waiting, 5)).id == call.call_id
