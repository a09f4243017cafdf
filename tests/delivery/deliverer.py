"""A process to be killed: it announces some calls of the story, delivers them, and ends."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from bridge.crm.bitrix24 import Bitrix24, Bitrix24Settings
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.outbox.lane import Lane
from bridge.outbox.ports import Entries
from bridge.outbox.retry import RetrySettings
from bridge.outbox.states import OPEN, EntryState
from bridge.storage.store import Store, open_store
from tests.delivery.calls import BEGINNING, STORY, USERS, Begun, call_id, record
from tests.delivery.cards import Cards

CRM: Final = "crm"
QUICK: Final = RetrySettings(
    first=timedelta(seconds=0.01), ask_after=timedelta(seconds=0.01), login_every=timedelta(days=1)
)


class MortalStore:
    """The store of a process that dies before or after a certain transaction of a delivery."""

    def __init__(self, store: Store, dies_at: int | None, left: asyncio.Event) -> None:
        self._store = store
        self._dies_at = dies_at
        self._steps = 0
        self._left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def lease(self, *args: Any, **named: Any) -> Any:
        return await self._mortally(self._store.lease(*args, **named))

    async def note(self, *args: Any, **named: Any) -> None:
        await self._mortally(self._store.note(*args, **named))
        self._left.set()

    async def announcing(self, *args: Any, **named: Any) -> bool:
        return bool(await self._mortally(self._store.announcing(*args, **named)))

    async def answered(self, *args: Any, **named: Any) -> None:
        await self._mortally(self._store.answered(*args, **named))

    async def clicked(self, *args: Any, **named: Any) -> None:
        await self._mortally(self._store.clicked(*args, **named))

    async def _mortally(self, transaction: Any) -> Any:
        self._step()
        result = await transaction
        self._step()
        return result

    def _step(self) -> None:
        self._steps += 1
        if self._steps == self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one life of the process is about. `dies_at`: the step that is its last. `clicked`: the
    handles of calls that were clicked; `rings`: calls ring in this life, not in an earlier one."""

    store: str
    folder: Path
    settings: Bitrix24Settings
    calls: tuple[int, ...]
    clicked: tuple[tuple[int, str], ...] = ()
    rings: bool = True
    dies_at: int | None = None


def deliver(task: Task) -> None:
    """Returns when nothing is left to do, or nothing can be done without a login."""
    asyncio.run(_deliver(task))


async def _deliver(task: Task) -> None:
    crm, clock, left = Bitrix24(task.settings), SystemClock(), asyncio.Event()
    async with open_store(task.store, daemon=True) as store, asyncio.TaskGroup() as group:
        mortal: Any = MortalStore(store, task.dies_at, left)
        destination = Destination(name=CRM, crm=crm, users=USERS)
        await _begin(task, destination, mortal)
        for number in task.calls:
            await store.finish(record(number, task.folder), [CRM], now=clock.now())
        lane = Lane(
            destination,
            cast(Entries, mortal),
            worker="w",
            clock=clock,
            settings=QUICK,
            abreast=1,
        )
        group.create_task(lane.run())
        while await store.deliveries((*OPEN, EntryState.HELD_BACK)) and not await store.held():
            await left.wait()
            left.clear()
        lane.stop()
    await crm.close()


async def _begin(task: Task, destination: Destination, mortal: Any) -> None:
    """The portal hears of those that ring; what was clicked is linked as its call begins."""
    cards = Cards(destination, mortal)
    for number, handle in task.clicked:
        await mortal.clicked(CRM, call_id(number), handle, now=BEGINNING)
    ringing = [n for n in task.calls if STORY[n].begun is Begun.RINGS] if task.rings else []
    if not ringing:
        return
    async with asyncio.TaskGroup() as group:
        group.create_task(cards.lane.run())
        await cards.ready()
        for number in ringing:
            await cards.ring(number)
        cards.lane.stop()
