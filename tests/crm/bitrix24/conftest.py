"""A portal whose clock stands, with Anna and Boris, and the connector as its local application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.crm.bitrix24 import Bitrix24
from tests.crm.bitrix24.harness import NOON, PATIENT, office, settings
from tests.portals.bitrix24.clock import Clock
from tests.portals.bitrix24.portal import Portal

Connect = Callable[..., Bitrix24]


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with Portal(Clock(NOON), allowance=PATIENT) as portal:
        office(portal)
        yield portal


@pytest.fixture
async def connect(portal: Portal, tmp_path: Path) -> AsyncIterator[Connect]:
    """A connector of this portal; a second one is the same program after a restart."""
    made: list[Bitrix24] = []
    first = settings(portal, tmp_path / "tokens", timeout=1.0, upload_timeout=1.0)

    def anew(**others: Any) -> Bitrix24:
        crm = Bitrix24(first.model_copy(update=others), portal.clock)
        made.append(crm)
        return crm

    yield anew
    for crm in made:
        await crm.close()


@pytest.fixture
def crm(connect: Connect) -> Bitrix24:
    return connect()
