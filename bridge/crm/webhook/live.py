"""Live events on their way to one receiver: in the order of each call, soon or not at all.

Telling never waits and never raises. An event that is late, or one too many, is dropped and
counted: a screen pop after the call helps nobody.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final
from zlib import crc32

import structlog

from bridge.domain.call_events import CallEvent
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.counters import Counters, NoCounters
from bridge.domain.moments import LIVE, Happened, Unfolding

_ABREAST: Final = 8  # calls that are told side by side
_MOST_WAITING: Final = 200  # events of the calls that share a place
_PAUSE: Final = 0.5  # seconds between tries
_TRIES: Final = 3
# A repeat has the same id, so that what was only unclear does no harm.
_AGAIN: Final = frozenset({Verdict.TRY_LATER, Verdict.UNCLEAR})

log = structlog.get_logger(__name__)

Deliver = Callable[[Happened], Awaitable[Outcome | None]]


class Live:
    """`deliver` sends one event, or returns None where the receiver did not ask for it. `within`:
    seconds after which an event is late."""

    def __init__(self, name: str, deliver: Deliver, within: float) -> None:
        self.name = name
        self._deliver = deliver
        self._within = within
        self._unfolding = Unfolding()
        self._places: list[asyncio.Queue[tuple[float, Happened]]] = [
            asyncio.Queue(_MOST_WAITING) for _ in range(_ABREAST)
        ]
        self._pending: Counter[str] = Counter()
        self.counters: Counters = NoCounters()

    def hear(self, event: CallEvent) -> None:
        """Something happened in a call. Returns at once."""
        happened = self._unfolding.happened(event)
        if happened is None or happened.event not in LIVE:
            return
        call_id = happened.record.call_id
        place = self._places[crc32(call_id.encode()) % _ABREAST]
        if place.full():
            self._count(happened, "dropped")
            return
        self._pending[call_id] += 1
        place.put_nowait((asyncio.get_running_loop().time() + self._within, happened))

    def pending(self, call_id: str) -> bool:
        """Whether an event of this call is still on its way."""
        return call_id in self._pending

    async def run(self) -> None:
        """Never ends by itself."""
        async with asyncio.TaskGroup() as group:
            for place in self._places:
                group.create_task(self._serve(place))

    async def _serve(self, place: asyncio.Queue[tuple[float, Happened]]) -> None:
        while True:
            deadline, happened = await place.get()
            try:
                await self._tell(happened, deadline)
            finally:
                self._pending[happened.record.call_id] -= 1
                self._pending += Counter()  # forget those at zero

    async def _tell(self, happened: Happened, deadline: float) -> None:
        for _ in range(_TRIES):
            result = await self._try(happened, deadline)
            if result is None or result.verdict is Verdict.ACCEPTED:
                return
            if result.verdict not in _AGAIN:
                break
            pause = max(_PAUSE, result.retry_after or 0.0)
            if asyncio.get_running_loop().time() + pause >= deadline:
                break  # it would be late then, and others wait behind it
            await asyncio.sleep(pause)
        self._count(happened, "dropped")

    async def _try(self, happened: Happened, deadline: float) -> Outcome | None:
        late = Outcome(verdict=Verdict.REFUSED, detail="too late")
        if asyncio.get_running_loop().time() >= deadline:
            return late
        try:
            async with asyncio.timeout_at(deadline):
                result = await self._deliver(happened)
        except TimeoutError:
            return late
        except Exception:
            log.exception("live.our_mistake", destination=self.name, event=str(happened.event))
            return late
        if result is not None and result.verdict is Verdict.ACCEPTED:
            self._count(happened, "sent")
        return result

    def _count(self, happened: Happened, what: str) -> None:
        self.counters.count(
            "live_events", destination=self.name, kind=str(happened.event), event=what
        )
