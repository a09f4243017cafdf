"""How much the portal bears: a leaky bucket of requests, and seconds of work by method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .clock import Clock
from .errors import Refused

SLOT: Final = 60  # seconds
SLOTS: Final = 10


def too_many_requests() -> Refused:
    return Refused(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")


def blocked() -> Refused:
    words = "Method is blocked due to operation time limit."
    return Refused(429, "OPERATION_TIME_LIMIT", words)


@dataclass(slots=True)
class Allowance:
    """As in the cloud; the Enterprise plan has 5 and 250. `seconds`: what one call of a method
    costs, for every method not named 0.01."""

    per_second: float = 2
    burst: float = 50
    operating: float = 480
    seconds: Mapping[str, float] = field(default_factory=dict)


class Bucket:
    """Requests of one address: each adds one, time drains them, above the burst all are refused."""

    def __init__(self, clock: Clock, allowance: Allowance) -> None:
        self._clock, self._allowance = clock, allowance
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, address: str) -> None:
        """Raises Refused; a refused request adds nothing."""
        now = self._clock()
        level, since = self._levels.get(address, (0.0, now))
        level = max(0.0, level - (now - since) * self._allowance.per_second)
        full = level + 1 > self._allowance.burst
        self._levels[address] = (level if full else level + 1, now)
        if full:
            raise too_many_requests()


class Operating:
    """Seconds of work of each method over ten slots of a minute."""

    def __init__(self, clock: Clock, allowance: Allowance) -> None:
        self._clock, self._allowance = clock, allowance
        self._slots: dict[str, dict[int, float]] = defaultdict(dict)

    def spend(self, method: str) -> None:
        """Raises Refused when the method has used up its time."""
        if self.spent(method) >= self._allowance.operating:
            raise blocked()
        slot = int(self._clock()) // SLOT
        slots = self._slots[method]
        slots[slot] = slots.get(slot, 0.0) + self._allowance.seconds.get(method, 0.01)

    def spent(self, method: str) -> float:
        oldest = int(self._clock()) // SLOT - SLOTS
        slots = {at: cost for at, cost in self._slots[method].items() if at > oldest}
        self._slots[method] = slots
        return round(sum(slots.values()), 6)

    def reset_at(self, method: str) -> int:
        """Unix second at which the oldest slot is forgotten."""
        first = min(self._slots[method], default=int(self._clock()) // SLOT)
        return (first + SLOTS) * SLOT
