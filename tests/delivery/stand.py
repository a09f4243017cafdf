"""A delivering daemon's parts as they are, beside a portal, in a time that passes when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bridge.crm.bitrix24 import Bitrix24, Bitrix24Settings
from bridge.outbox.advice import advice
from bridge.outbox.destination import Destination
from bridge.outbox.entries import Work
from bridge.outbox.lane import Lane
from bridge.outbox.states import OPEN, EntryState
from bridge.storage.store import Store, open_store
from tests.crm.bitrix24.harness import PATIENT, furnish, settings
from tests.delivery.calls import (
    BEGINNING,
    STORY,
    USERS,
    Begun,
    add_clients,
    record,
)
from tests.delivery.cards import CRM, Cards
from tests.portals.bitrix24.clock import Clock
from tests.portals.bitrix24.portal import Portal

MONTH: Final = timedelta(days=30)


class PassingTime:
    """The outbox's clock. It stands while anybody works, and is moved from one moment at which
    something is due to the next."""

    def __init__(self, at: datetime) -> None:
        self._now = at
        self._changed = asyncio.Event()
        self.untils: list[datetime] = []  # of those who wait now

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        """Backwards too, as somebody sets a clock."""
        self._now += by
        self.look()

    def look(self) -> None:
        """Everybody who waits for something looks whether it is so."""
        # In this order: who waits anew while a time-out ends this must not find it set for ever.
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def wait(self, event: asyncio.Event, until: datetime) -> None:
        self.untils.append(until)
        self.look()
        either = [
            asyncio.ensure_future(one)
            for one in (event.wait(), self._when(lambda: self._now >= until))
        ]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.untils.remove(until)
            for one in either:
                one.cancel()

    async def everyone_waits(self, lane: WatchedLane) -> None:
        """Returns when the lane and all that it carries wait for the time to pass."""
        await self._when(lambda: len(self.untils) > lane.carrying)

    async def _when(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()


class PortalTime(Clock):
    """The portal's clock beside ours, as far ahead of it as it was moved."""

    def __init__(self, ours: PassingTime) -> None:
        super().__init__()
        self._ours = ours

    def __call__(self) -> float:
        return self._ours.now().timestamp() + self._offset


class WatchedLane(Lane):
    """A lane that says when it has put an entry down."""

    def __init__(self, destination: Destination, store: Store, time: PassingTime) -> None:
        super().__init__(destination, store, worker="w", clock=time, dice=lambda: 0.5)
        self._time = time

    @property
    def carrying(self) -> int:
        """Entries in hand."""
        return len(self._carrying)

    async def _carry(self, work: Work, held: bool) -> None:
        await super()._carry(work, held)
        self._time.look()


class Stand:
    """The story of `calls`, delivered to a portal."""

    def __init__(self, folder: Path, time: PassingTime, portal: Portal) -> None:
        self.folder = folder
        self.time = time
        self.portal = portal
        self.settings: Bitrix24Settings = settings(portal, folder / "tokens", timeout=2.0)
        self.store: Store
        self.crm: Bitrix24
        self.lane: WatchedLane
        self.cards: Cards
        self.since = 0  # requests to the portal before the first call

    @asynccontextmanager
    async def running(self, where: str, **others: Any) -> AsyncIterator[None]:
        """Delivers from the store at `where` until the block ends; again, after a restart."""
        self.crm = Bitrix24(
            self.settings.model_copy(update=others), lambda: self.time.now().timestamp()
        )
        async with open_store(where, daemon=True) as self.store, asyncio.TaskGroup() as group:
            destination = Destination(name=CRM, crm=self.crm, users=USERS)
            self.lane = WatchedLane(destination, self.store, self.time)
            self.cards = Cards(destination, self.store)
            running = [group.create_task(one.run()) for one in (self.lane, self.cards.lane)]
            try:
                await self.cards.ready()
                self.since = len(self.portal.requests)
                yield
            finally:
                self.lane.stop()
                self.cards.lane.stop()
                await asyncio.wait(running, timeout=5)
                for one in running:
                    one.cancel()
                await self.crm.close()

    async def call(self, *numbers: int) -> None:
        """These calls of the story end now; all of them where none is named."""
        await self.begin(*numbers)
        await self.store_calls(*numbers)
        self.lane.wake()

    async def begin(self, *numbers: int) -> None:
        """The portal hears of those that ring or were clicked, as far as it can be heard."""
        for number in numbers or range(len(STORY)):
            if STORY[number].begun is Begun.RINGS:
                await self.cards.ring(number)
            elif STORY[number].begun is not Begun.NOT:
                await self.cards.click(self.portal, number)

    async def store_calls(self, *numbers: int) -> None:
        """As `call`, and the lane has not been told yet."""
        await self.rest()
        for number in numbers or range(len(STORY)):
            one = record(number, self.folder)
            await self.store.finish(one, [CRM], now=self.time.now())

    async def rest(self) -> None:
        """Returns when all that can be done now is done."""
        await self.time.everyone_waits(self.lane)

    async def pass_time(self, by: timedelta = MONTH, *, stride: timedelta = timedelta()) -> None:
        """Until nothing is left to do, or so much time is over. From one moment at which something
        is due to the next, or in strides where these are longer."""
        end = self.time.now() + by
        while self.time.now() < end:
            await self.rest()
            due = await self._next()
            if due is None:
                return
            now = self.time.now()
            self.time.move(min(max(due, now + stride), end) - now)

    async def _next(self) -> datetime | None:
        """When somebody has something to do again, None when nobody ever has."""
        sooner = min(self.time.untils)
        if self.lane.carrying:
            return sooner
        waiting = await self.store.deliveries(OPEN)
        if not waiting:
            return None
        holds = [one.until for one in await self.store.held()]
        due = min([one.due_at for one in waiting if one.due_at], default=sooner)
        return max(sooner, due, *holds)

    async def parked(self) -> list[str]:
        """What a person reads of each entry that waits for one."""
        entries = await self.store.deliveries((EntryState.PARKED,))
        shown = [await self.store.delivery(entry.id) for entry in entries]
        return [f"{one.entry.detail} {advice(one.entry, one.writes)}" for one in shown if one]


@asynccontextmanager
async def stand(folder: Path) -> AsyncIterator[Stand]:
    time = PassingTime(BEGINNING + timedelta(hours=1))
    async with Portal(PortalTime(time), allowance=PATIENT) as portal:
        furnish(portal)
        add_clients(portal)
        yield Stand(folder, time, portal)
