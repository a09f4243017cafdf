"""The portal hears of calls that are not over: the lane that announces, and what a click links."""

from __future__ import annotations

import asyncio
from typing import Final

from bridge.domain.counters import NoCounters
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.outbox.live import LiveLane, LiveSettings
from bridge.storage.store import Store
from tests.delivery.calls import BEGINNING, call_id, click, ringing
from tests.portals.bitrix24.portal import Portal

CRM: Final = "crm"


class Cards(NoCounters):
    """The lane that announces, by a clock of its own: what it does is over in a moment."""

    def __init__(self, destination: Destination, store: Store) -> None:
        self._store = store
        self._tried = asyncio.Event()
        self._ready = asyncio.Event()
        self.lane = LiveLane(
            destination,
            store,
            clock=SystemClock(),
            counters=self,
            settings=LiveSettings(together=0, late=2),
            told=lambda state, missing: self._ready.set(),
        )

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """Something was announced, or dropped."""
        self._tried.set()

    async def ready(self) -> None:
        """Returns once the portal has said that it knows cards."""
        await self._ready.wait()

    async def ring(self, number: int) -> None:
        """Returns once it was announced, whatever became of that."""
        self._tried.clear()
        for event in ringing(number):
            self.lane.tell(event)
        await self._tried.wait()

    async def click(self, portal: Portal, number: int) -> None:
        """As the dialler keeps it when the client's call begins."""
        handle = click(portal, number)
        await self._store.clicked(CRM, call_id(number), handle, now=BEGINNING)
