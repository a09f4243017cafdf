"""Counters: what rooms tell whoever watches the daemon. Adapters live above."""

from __future__ import annotations

from typing import Protocol


class Counters(Protocol):
    """Counts for people who run the daemon; names and labels are listed in docs/metrics.md."""

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """It happened so many times more."""
        ...

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        """It is this now."""
        ...

    def seconds(self, name: str, value: float, /, **labels: str) -> None:
        """It took so long once."""
        ...


class NoCounters:
    """Counts nothing: for tools and tests that have nobody to tell."""

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None: ...
    def gauge(self, name: str, value: float, /, **labels: str) -> None: ...
    def seconds(self, name: str, value: float, /, **labels: str) -> None: ...
