"""In an office of FreePBX's shape, through what `dialplan print --for freepbx17` prints."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.agi.live import BOBS_CLIENT, CAROLS_CLIENT, Routed, routed, stranger
from tests.lab.freepbx import FreePbx
from tests.lab.offices import Offices

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asterisk16,
    pytest.mark.asyncio(loop_scope="session"),
]
DID = "441904900814"
GROUPS = [
    pytest.param(one, marks=pytest.mark.xdist_group(f"agi_freepbx_{one}")) for one in ("22", "16")
]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=GROUPS)
async def place(
    request: pytest.FixtureRequest, offices: Offices, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Routed]:
    at = await offices.at(FreePbx, request.param)
    dial = "Local/{extension}@originate-skipvm/n"
    async with routed(at, tmp_path_factory.mktemp("daemon"), dial) as one:
        yield one


@pytest.mark.proves("S1-10")
async def test_a_known_client_talks_with_the_owner(place: Routed) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(BOBS_CLIENT.lstrip("+"), DID)
        await at.bob.answers()
        await at.client.talks_with(at.bob)
        await at.client.hangs_up()
        await at.ami.event("UserEvent", since=since, UserEvent="Hangupcall")
        record = await place.record(since)
    assert (record["responsible"], record["client"]["number"]) == ("102", BOBS_CLIENT)


async def test_an_owner_who_is_silent_leaves_the_call_to_the_ring_group(place: Routed) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(CAROLS_CLIENT.lstrip("+"), DID)
        await place.rang_in_vain(since, "103")
        await at.alice.answers()
        await at.client.talks_with(at.alice)
        await at.client.hangs_up()


async def test_a_stranger_comes_to_the_ring_group(place: Routed) -> None:
    at = place.at
    async with at.playing():
        await place.call(stranger().lstrip("+"), DID)
        await at.carol.answers()
        await at.client.talks_with(at.carol)
        await at.client.hangs_up()
