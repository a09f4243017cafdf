"""Twenty calls a second through a real Asterisk: none is lost, whatever goes away meanwhile
(`python -m tests.bench route_calls` is the same for two minutes each, with the figures)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.bench.route_calls import OUTAGES, Place, opened, outcome

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("agi-load"),
]
SECONDS = 3.0
# What calls are told meanwhile: of a CRM that is down that nobody could be asked.
TOLD = {
    "all is well": {"UNKNOWN"},
    "the CRM is down": {"OFF"},
    "Redis dies in mid-run": {"UNKNOWN"},
    "the daemon is killed and comes back": {"OFF", "UNKNOWN"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place() -> AsyncIterator[Place]:
    async with opened() as one:
        yield one


@pytest.mark.proves("S0-17")
@pytest.mark.parametrize("name", OUTAGES)
async def test_no_call_is_lost(place: Place, name: str) -> None:
    found = await outcome(place, OUTAGES[name], SECONDS)
    assert found.lost == 0, found
    assert set(found.told) <= TOLD[name] | {"TIMEOUT"}, found.told
