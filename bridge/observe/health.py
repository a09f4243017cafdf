"""Health: which part of the daemon can do its work, and who must act where one cannot."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.counters import Counters, NoCounters


@dataclass(frozen=True, slots=True)
class Condition:
    """`state` is the part's own word; `act` says who must do what, empty when it mends itself."""

    state: str
    ready: bool
    act: str


class Health:
    """Parts report themselves here when they change. A part that was announced and has not
    reported yet is not ready."""

    def __init__(self, counters: Counters | None = None) -> None:
        self._counters = counters or NoCounters()
        self.parts: dict[str, Condition] = {}

    def expect(self, *names: str) -> None:
        """These parts will report: until they do, the daemon is not ready."""
        for name in names:
            self.report(name, "starting", ready=False)

    def report(self, name: str, state: str, *, ready: bool, act: str = "") -> None:
        """The part is in `state` now."""
        self.parts[name] = Condition(state, ready, act)
        self._counters.gauge("component_ready", float(ready), component=name)

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
