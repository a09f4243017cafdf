"""Seven requests a second; who goes on after 429 is blocked with a page of the web server."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tests.portals.bitrix24.clock import Clock

from .problems import page


@dataclass(slots=True)
class Allowance:
    """`ignored`: how many refusals within a second a client may overlook before it is blocked."""

    per_second: int = 7
    ignored: int = 20


class Limiter:
    def __init__(self, clock: Clock, allowance: Allowance) -> None:
        self._clock, self._allowance = clock, allowance
        self._taken: deque[float] = deque()
        self._refused: deque[float] = deque()
        self.blocked = False

    def take(self) -> None:
        """Raises Problem; a refused request does not count as one of the seven."""
        if self.blocked:
            raise page(403)
        now = self._clock()
        for recent in (self._taken, self._refused):
            while recent and now - recent[0] >= 1:
                recent.popleft()
        if len(self._taken) < self._allowance.per_second:
            self._taken.append(now)
            return
        self._refused.append(now)
        self.blocked = len(self._refused) > self._allowance.ignored
        raise page(429)
