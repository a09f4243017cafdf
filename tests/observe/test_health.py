"""Health, as a load balancer and an operator ask for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from bridge.observe.health import Health
from bridge.observe.http import routes
from bridge.observe.metrics import PrometheusCounters

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def asked() -> AsyncIterator[tuple[Health, Client]]:
    registry = CollectorRegistry()
    health = Health(PrometheusCounters(registry))
    app = web.Application()
    app.add_routes(routes(health, registry))
    async with TestClient(TestServer(app)) as client:
        yield health, client


async def test_a_part_that_has_not_reported_yet_is_not_ready(asked: tuple[Health, Client]) -> None:
    health, client = asked
    health.expect("ami office")
    answer = await client.get("/readyz")
    assert (answer.status, (await answer.json())["parts"]["ami office"]["state"]) == (
        503,
        "starting",
    )


async def test_ready_says_who_must_act_where_a_part_is_not(asked: tuple[Health, Client]) -> None:
    health, client = asked
    health.report("store", "open", ready=True)
    health.report("ami office", "refused", ready=False, act="correct the secret in manager.conf")
    parts = (await (await client.get("/readyz")).json())["parts"]
    assert parts["ami office"]["act"] == "correct the secret in manager.conf"
    assert health.status() == "ami office: refused (correct the secret in manager.conf)"


async def test_ready_when_every_part_is(asked: tuple[Health, Client]) -> None:
    health, client = asked
    health.expect("ami office")
    health.report("ami office", "live", ready=True)
    assert (await client.get("/readyz")).status == 200


async def test_alive_though_nothing_is_ready(asked: tuple[Health, Client]) -> None:
    health, client = asked
    health.expect("ami office")
    assert (await client.get("/livez")).status == 200


async def test_metrics_show_which_part_is_ready(asked: tuple[Health, Client]) -> None:
    health, client = asked
    health.report("store", "open", ready=True)
    text = await (await client.get("/metrics")).text()
    assert 'asterisk_bridge_component_ready{component="store"} 1.0' in text


def test_since_is_when_the_state_came() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    times = iter([now, now + timedelta(hours=1)])
    health = Health(clock=lambda: next(times))
    health.report("store", "open", ready=True)
    health.report("store", "open", ready=True)
    assert health.parts["store"].since == now
