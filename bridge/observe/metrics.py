"""The Counters port over Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bridge.domain.masks import without_numbers
from bridge.observe.tables import METRICS, PREFIX, Kind, Metric

log = structlog.get_logger(__name__)

# From a routing decision to a recording that waits for its file.
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

_Key = tuple[Sequence[str], ...]  # a name, then pairs of label and value
_Write = Callable[[float], None]


class PrometheusCounters:
    """Counts for `/metrics`. Never raises: a name or label that the table lacks is logged once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._metrics = {metric.name: metric for metric in METRICS}
        self._collectors = {metric.name: _collector(metric, registry) for metric in METRICS}
        # By name and labels. A call needs several, so each is found without another step.
        self._counts: dict[_Key, _Write] = {}
        self._gauges: dict[_Key, _Write] = {}
        self._timings: dict[_Key, _Write] = {}

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        key = (name, *labels.items())
        if (write := self._counts.get(key)) is None:
            write = self._counts[key] = self._bound(name, Kind.COUNTER, labels)
        write(amount)

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        key = (name, *labels.items())
        if (write := self._gauges.get(key)) is None:
            write = self._gauges[key] = self._bound(name, Kind.GAUGE, labels)
        write(value)

    def seconds(self, name: str, value: float, /, **labels: str) -> None:
        key = (name, *labels.items())
        if (write := self._timings.get(key)) is None:
            write = self._timings[key] = self._bound(name, Kind.SECONDS, labels)
        write(value)

    def _bound(self, name: str, kind: Kind, labels: Mapping[str, str]) -> _Write:
        metric = self._metrics.get(name)
        if metric is None or metric.kind is not kind or set(labels) != set(metric.labels):
            log.error(
                "metric.unknown",
                metric=name,
                kind=kind.value,
                labels=sorted(labels),
                act="a fault of ours: add it to bridge/observe/tables.py",
            )
            return lambda _: None
        words = {label: without_numbers(str(word)) for label, word in labels.items()}
        collector: Any = self._collectors[name]
        child = collector.labels(**words) if words else collector
        write: _Write = getattr(child, _METHOD[kind])
        return write


_METHOD: Final = {Kind.COUNTER: "inc", Kind.GAUGE: "set", Kind.SECONDS: "observe"}


def _collector(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    name, labels = metric.exported, metric.labels
    if metric.kind is Kind.COUNTER:
        return Counter(name, metric.means, labels, registry=registry)
    if metric.kind is Kind.GAUGE:
        return Gauge(name, metric.means, labels, registry=registry)
    return Histogram(name, metric.means, labels, registry=registry, buckets=_BUCKETS)


def build_info(registry: CollectorRegistry, version: str) -> None:
    """The version that runs, as Prometheus users expect it."""
    info = Gauge(f"{PREFIX}build_info", "the version that runs", ("version",), registry=registry)
    info.labels(version=version).set(1)
