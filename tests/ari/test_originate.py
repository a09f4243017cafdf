"""The agent's phone is rung once over ARI, and what came of it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import pytest

from bridge.ari.link import AriLink
from bridge.ari.settings import AriSettings
from bridge.dialout.ports import FateUnknown, NotSent
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.pbx_events import SnapshotTaken
from tests.ari.fake import FakeAri, channel, event
from tests.ari.test_link import to
from tests.link.links import running, seen
from tests.link.ordered import ORDER as AN_ORDER

ORDER: Final = replace(AN_ORDER, timeout=1.0)
Told = Callable[[FakeAri], Awaitable[None]]


def ended(cause: int) -> Told:
    async def tell(pbx: FakeAri) -> None:
        await pbx.send(
            event("ChannelStateChange", channel=channel("click-2", state="Up")),
            event("ChannelStateChange", channel=channel("click-1", state="Ringing")),
            event("ChannelDestroyed", channel=channel("click-1"), cause=cause),
        )

    return tell


async def taken_up(pbx: FakeAri) -> None:
    await pbx.send(event("ChannelStateChange", channel=channel("click-1", state="Up")))


async def originated(pbx: FakeAri, tell: Told) -> Unfulfilled | None:
    """What came of the order, when this happens once it was sent."""
    sent = asyncio.Event()

    def before(path: str) -> None:
        if path == "channels/click-1":
            sent.set()

    pbx.before = before
    async with running(to(pbx)) as link:
        await seen(link, SnapshotTaken)
        async with asyncio.TaskGroup() as group:
            order = group.create_task(link.originate(ORDER))
            await sent.wait()
            await tell(pbx)
        return order.result()


@pytest.mark.parametrize(
    ("tell", "why"),
    [
        (taken_up, None),
        (ended(17), Unfulfilled.AGENT_BUSY),
        (ended(21), Unfulfilled.AGENT_DECLINED),
        (ended(20), Unfulfilled.AGENT_UNAVAILABLE),
    ],
    ids=["taken_up", "busy", "declined", "gone"],
)
async def test_what_came_of_it(pbx: FakeAri, tell: Told, why: Unfulfilled | None) -> None:
    assert await originated(pbx, tell) is why
    sent = [(path, query) for method, path, query in pbx.asked if method == "POST"]
    assert sent == [
        (
            "channels/click-1",
            {
                "endpoint": "PJSIP/101",
                "context": "out",
                "extension": "+79161234567",
                "priority": "1",
                "callerId": "+79161234567",
                "timeout": "1",
            },
        )
    ]


async def test_a_link_that_is_lost_meanwhile_tells_nothing_and_nothing_is_repeated(
    pbx: FakeAri,
) -> None:
    async def lost(pbx: FakeAri) -> None:
        pbx.drop()

    with pytest.raises(ExceptionGroup) as failed:
        await originated(pbx, lost)
    assert failed.group_contains(FateUnknown)
    assert [path for method, path, _ in pbx.asked if method == "POST"] == ["channels/click-1"]


@pytest.mark.parametrize(
    ("status", "why"), [(500, Unfulfilled.AGENT_UNAVAILABLE), (400, None), (403, None)]
)
async def test_what_asterisk_refuses_was_not_sent(
    pbx: FakeAri, status: int, why: Unfulfilled | None
) -> None:
    pbx.statuses["channels/click-1"] = status
    async with running(to(pbx)) as link:
        await seen(link, SnapshotTaken)
        if why is None:
            with pytest.raises(NotSent):
                await link.originate(ORDER)
        else:
            assert await link.originate(ORDER) is why


async def test_without_a_link_nothing_is_sent() -> None:
    link = AriLink("office", AriSettings(username="bridge", password="4f1c0d9e77ab"))
    with pytest.raises(NotSent):
        await link.originate(ORDER)
