"""Metrics: the table, what Prometheus shows of it, and that code and table agree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from bridge.observe.metrics import PrometheusCounters, build_info
from bridge.observe.tables import METRICS, Kind
from tests.project.metrics import DOCUMENT, document
from tests.project.requirements import ROOT

# What a label may be: words of ours, and names out of the configuration.
WORDS = {
    "action",
    "component",
    "crm",
    "error",
    "destination",
    "event",
    "kind",
    "note",
    "outcome",
    "script",
    "pbx",
    "reason",
    "state",
    "task",
    "trouble",
    "verdict",
    "write",
    "status",
    "given",
    "path",
    "ending",
    "why",
}
METHODS = {"count": Kind.COUNTER, "gauge": Kind.GAUGE, "seconds": Kind.SECONDS}


@pytest.fixture
def counters() -> PrometheusCounters:
    return PrometheusCounters(CollectorRegistry())


def shown(counters: PrometheusCounters) -> str:
    return generate_latest(counters.registry).decode()


def test_what_is_counted_is_shown(counters: PrometheusCounters) -> None:
    counters.count("ami_messages", 3, pbx="office")
    counters.count("ami_messages", 4, pbx="office")
    counters.gauge("ami_link_up", 1, pbx="office")
    assert 'asterisk_bridge_ami_messages_total{pbx="office"} 7.0' in shown(counters)
    assert 'asterisk_bridge_ami_link_up{pbx="office"} 1.0' in shown(counters)


@pytest.mark.parametrize(
    ("name", "labels"), [("nonsense", {}), ("ami_messages", {}), ("ami_messages", {"call": "1"})]
)
def test_a_metric_that_the_table_lacks_is_logged_once_and_raises_nothing(
    name: str, labels: dict[str, str], counters: PrometheusCounters
) -> None:
    with capture_logs() as lines:
        counters.count(name, **labels)
        counters.count(name, **labels)
    assert [line["event"] for line in lines] == ["metric.unknown"]


def test_a_number_in_a_label_is_masked(counters: PrometheusCounters) -> None:
    counters.count("rule_notes", note="+79161234567")
    assert "+79161234567" not in shown(counters)


def test_the_version_is_shown() -> None:
    registry = CollectorRegistry()
    build_info(registry, "0.1.0")
    assert 'asterisk_bridge_build_info{version="0.1.0"} 1.0' in generate_latest(registry).decode()


def test_no_label_can_be_a_number_or_a_call() -> None:
    assert {label for metric in METRICS for label in metric.labels} <= WORDS


def counted(path: Path) -> Iterator[tuple[str, Kind, frozenset[str | None]]]:
    """Every counter that this module counts by a literal name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
            and "counters" in ast.unparse(node.func.value)
            and isinstance(name := node.args[0], ast.Constant)
        ):
            labels = frozenset(keyword.arg for keyword in node.keywords)
            yield str(name.value), METHODS[node.func.attr], labels


def test_everything_counted_in_the_code_stands_in_the_table() -> None:
    table = {(metric.name, metric.kind, frozenset(metric.labels)) for metric in METRICS}
    used = {use for path in (ROOT / "bridge").rglob("*.py") for use in counted(path)}
    assert used - table == set(), "add a row to bridge/observe/tables.py, then: make requirements"


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), "run: make requirements"
