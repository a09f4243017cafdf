"""A server on loopback, and what answers behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from bridge.agi.answers import Answers
from bridge.agi.endpoints import agi_server
from bridge.agi.server import AgiServer
from bridge.agi.settings import AgiSettings
from bridge.domain.counters import NoCounters
from tests.agi.routers import Told


class Counted(NoCounters):
    """Counts by name and labels."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        self.counts[" ".join([name, *labels.values()])] += int(amount)

    def seconds(self, name: str, value: float, /, **labels: str) -> None:
        self.count(name, **labels)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def settings() -> AgiSettings:
    return AgiSettings(port=0)


@pytest.fixture
async def server(settings: AgiSettings, told: Told, counted: Counted) -> AsyncIterator[AgiServer]:
    one = agi_server(settings, Answers(told, settings.deadline, counted), counted)
    yield one
    await one.close(within=0.1)


@pytest.fixture
async def port(server: AgiServer) -> int:
    return await server.open()
