"""A portal whose clock stands, with one employee, and raw HTTP to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from tests.portals.bitrix24 import Allowance, Clock, Portal, User
from tests.portals.bitrix24.asking import Asking

NOON = 1789981200.0  # 2026-09-21T12:00:00+03:00


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with Portal(Clock(NOON), allowance=Allowance(burst=10_000)) as portal:
        yield portal


@pytest.fixture
async def ask(portal: Portal) -> AsyncIterator[Asking]:
    async with ClientSession() as session:
        yield Asking(portal, session)


@pytest.fixture
def anna(portal: Portal) -> User:
    return portal.add_user("101", "Anna", last_name="Sidorova")
