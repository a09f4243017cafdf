"""All lanes of this process: they run, wake and stop together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bridge.outbox.lane import Lane


class Lanes:
    def __init__(self, lanes: Iterable[Lane]) -> None:
        self._lanes = {lane.destination.name: lane for lane in lanes}

    @property
    def destinations(self) -> tuple[str, ...]:
        """Every finished call gets an entry for each of these."""
        return tuple(self._lanes)

    def wake(self) -> None:
        """There is something new in the store."""
        for lane in self._lanes.values():
            lane.wake()

    def stop(self) -> None:
        """Take nothing more; `run` returns once what is under way is finished."""
        for lane in self._lanes.values():
            lane.stop()

    async def run(self) -> None:
        """Until stopped. Cancelled, it leaves what it was sending to be asked about later."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes.values():
                group.create_task(lane.run())
