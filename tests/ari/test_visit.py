"""A rating over ARI: the key that was pressed is kept, whatever becomes of the prompt."""

from __future__ import annotations

import asyncio

import pytest

from bridge.domain.pbx_events import SnapshotTaken
from tests.ari.fake import APP, FakeAri, channel, event
from tests.ari.test_link import to
from tests.link.links import running, seen

PLAY, STOP = "channels/1.1/play/bridge-1.1", "playbacks/bridge-1.1"


@pytest.mark.parametrize("stopped", [204, 404], ids=["it_still_plays", "it_is_over_just_then"])
async def test_the_key_is_kept(pbx: FakeAri, stopped: int) -> None:
    went_on = asyncio.Event()

    async def before(path: str) -> None:
        if path == PLAY:
            pressed = event("ChannelDtmfReceived", channel=channel("1.1"), digit="4")
            await pbx.send(pressed)
        elif path == "channels/1.1/continue":
            went_on.set()

    pbx.before = before
    if stopped == 404:
        pbx.statuses[STOP] = stopped
    async with running(to(pbx)) as link:
        await seen(link, SnapshotTaken)
        await pbx.send(event("StasisStart", application=APP, args=["rate"], channel=channel("1.1")))
        async with asyncio.timeout(5):
            await went_on.wait()
    said = [query for method, path, query in pbx.asked if path == "channels/1.1/variable"]
    assert said == [{"variable": "BRIDGE_RATING", "value": "4"}]
    assert ("DELETE", STOP, {}) in pbx.asked
