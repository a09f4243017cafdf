"""Health: which part of the daemon can do its work, and who must act where one cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.domain.ports import Counters, NoCounters


@dataclass(frozen=True, slots=True)
class Condition:
    """`state` is the part's own word; `act` says who must do what, empty when it mends itself."""

    state: str
    ready: bool
    act: str
    since: datetime


class Health:
    """Parts report themselves here when they change. A part that was announced and has not
    reported yet is not ready."""

    def __init__(
        self,
        counters: Counters | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._counters = counters or NoCounters()
        self._clock = clock
        self.parts: dict[str, Condition] = {}

    def expect(self, *names: str) -> None:
        """These parts will report: until they do, the daemon is not ready."""
        for name in names:
            self.report(name, "starting", ready=False)

    def report(self, name: str, state: str, *, ready: bool, act: str = "") -> None:
        """The part is in `state` now. The same state again keeps its `since`."""
        known = self.parts.get(name)
        if known and (known.state, known.ready, known.act) == (state, ready, act):
            return
        self.parts[name] = Condition(state, ready, act, self._clock())
        self._counters.gauge("component_ready", float(ready), component=name)

    def forget(self, name: str) -> None:
        """The part was taken out of the configuration."""
        self.parts.pop(name, None)

    @property
    def ready(self) -> bool:
        return all(part.ready for part in self.parts.values())

    def facts(self) -> dict[str, str]:
        """What `/readyz` answers: each part's state, and who must act."""
        return {
            name: part.state + (f" ({part.act})" if part.act else "")
            for name, part in self.parts.items()
        }

    def status(self) -> str:
        """One line for `systemctl status`."""
        facts = self.facts()
        waiting = [f"{name}: {facts[name]}" for name, part in self.parts.items() if not part.ready]
        return "; ".join(waiting) or "everything is ready"
