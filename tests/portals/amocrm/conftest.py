"""An account whose clock stands, and raw HTTP to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from tests.portals.amocrm import Allowance, Clock, Portal
from tests.portals.amocrm.raw import Raw

NOON = 1789981200.0


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with Portal(Clock(NOON), allowance=Allowance(per_second=10_000)) as portal:
        yield portal


@pytest.fixture
async def ask(portal: Portal) -> AsyncIterator[Raw]:
    async with ClientSession() as session:
        yield Raw(portal, session)
