"""An account whose clock stands, with Anna and Boris, and the connector with a token of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.crm.amocrm import AmoCrm
from bridge.rules.policy import Did, Policy, Topic
from bridge.storage.store import open_store
from tests.crm.amocrm.harness import NOON, PATIENT, furnish, settings
from tests.crm.office import SALES, SERVICE, Office
from tests.portals.amocrm import Clock, Portal

Connect = Callable[..., AmoCrm]


@pytest.fixture
async def portal() -> AsyncIterator[Portal]:
    async with Portal(Clock(NOON), allowance=PATIENT) as portal:
        yield portal


@pytest.fixture
async def connect(portal: Portal, tmp_path: Path) -> AsyncIterator[Connect]:
    """A connector of this account; a second one is the same program after a restart."""
    made: list[AmoCrm] = []
    furnished = furnish(portal)

    def anew(**others: Any) -> AmoCrm:
        given = {"timeout": 3.0, **furnished, **others}
        crm = AmoCrm(settings(portal, tmp_path / "ours", **given), portal.clock)
        made.append(crm)
        return crm

    yield anew
    for crm in made:
        await crm.close()


@pytest.fixture
def crm(connect: Connect) -> AmoCrm:
    return connect()


@pytest.fixture
async def office(connect: Connect, portal: Portal, tmp_path: Path) -> AsyncIterator[Office]:
    """Two company numbers, each with a pipeline of its own."""
    service = portal.add_pipeline("Service", "Asked", "Working")
    grants = portal.add_pipeline("Grants", "Asked")
    begins = str(portal.statuses(service)[1])
    policy = Policy(
        dids={
            SALES: Did(name="Sales"),
            SERVICE: Did(name="Service", pipeline=str(service), stage=begins),
        },
        topics={"subsidies": Topic(pipeline=str(grants))},
    )
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        yield Office(store, connect(timeout=1.0), tmp_path, policy, address)


def address(call: str, recording: str, now: datetime, suffix: str) -> str:
    """A link as the daemon signs it: never the same twice."""
    return f"https://calls.example/shared/{call}/{recording}{suffix}?until={now.timestamp():.0f}"
