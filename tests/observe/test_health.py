"""Health, as a load balancer and an operator ask for it."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bridge.observe.health import Health
from bridge.observe.metrics import PrometheusCounters


@pytest.fixture
def health() -> Health:
    return Health()


def test_a_part_that_has_not_reported_yet_is_not_ready(health: Health) -> None:
    health.expect("ami office")
    assert (health.ready, health.facts()) == (False, {"ami office": "starting"})


def test_ready_says_who_must_act_where_a_part_is_not(health: Health) -> None:
    health.report("store", "open", ready=True)
    health.report("ami office", "refused", ready=False, act="correct the secret in manager.conf")
    assert health.status() == "ami office: refused (correct the secret in manager.conf)"
    assert health.facts()["ami office"] == "refused (correct the secret in manager.conf)"


def test_ready_when_every_part_is(health: Health) -> None:
    health.expect("ami office")
    health.report("ami office", "live", ready=True)
    assert health.ready


def test_metrics_show_which_part_is_ready() -> None:
    registry = CollectorRegistry()
    Health(PrometheusCounters(registry)).report("store", "open", ready=True)
    told = generate_latest(registry).decode()
    assert 'asterisk_bridge_component_ready{component="store"} 1.0' in told
