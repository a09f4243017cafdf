"""A process to be killed: it finishes numbered calls, says each one that is safe, and delivers.

    python -m tests.outbox.deliverer STORE URL FIRST COUNT

It prints `finished N` once call N is committed, `recorded N` once its late recording is, and
`drained` when nothing is left to deliver; then it ends.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import structlog

from bridge.domain.ports import Crm
from bridge.domain.record import CallRecord, Client, Recording, RecordingState
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.outbox.entries import Entry
from bridge.outbox.lane import Lane
from bridge.outbox.ports import Entries, Fact
from bridge.outbox.retry import RetrySettings
from bridge.outbox.states import OPEN, EntryState
from bridge.storage.store import Store, open_store
from tests.outbox.http_crm import HttpCrm
from tests.rules.office import USERS, call

CLIENTS = 7  # so that calls of one stranger often meet
QUICK = RetrySettings(first=timedelta(seconds=0.01), ask_after=timedelta(seconds=0.05))


def client(number: int) -> str:
    return f"+7916000{number % CLIENTS:04}"


def record(number: int) -> CallRecord:
    """Every third call's recording is ready late."""
    late = number % 3 == 0
    state = RecordingState.EXPECTED if late else RecordingState.READY
    recording = Recording(id="r1", file=f"{number}.wav", state=state)
    return call(
        call_id=f"pbx-{number}", client=Client(number=client(number)), recordings=(recording,)
    )


async def feed(store: Store, lane: Lane, first: int, count: int) -> None:
    clock = SystemClock()
    for number in range(first, first + count):
        one = record(number)
        await store.finish(one, [lane.destination.name], now=clock.now())
        print("finished", number, flush=True)
        lane.wake()
        if one.recordings[0].state is RecordingState.EXPECTED:
            ready = replace(one.recordings[0], state=RecordingState.READY)
            await store.change_recording(one.call_id, ready, now=clock.now())
            print("recorded", number, flush=True)
            lane.wake()


class Telling:
    """The store, telling each time that an entry was left."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._left = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def note(self, entry: Entry, *facts: Fact, **when: datetime) -> None:
        await self._store.note(entry, *facts, **when)
        self._left.set()

    async def drained(self) -> None:
        """Returns when nothing is left to deliver."""
        self._left.clear()
        while await self._store.deliveries((*OPEN, EntryState.HELD_BACK), limit=1):
            await self._left.wait()
            self._left.clear()


async def main(where: str, url: str, first: int, count: int) -> None:
    async with open_store(where, daemon=True) as store, HttpCrm.session() as session:
        crm = cast(Crm, HttpCrm(session, url))
        telling = Telling(store)
        lane = Lane(
            Destination(name="crm", crm=crm, users=USERS),
            cast(Entries, telling),
            worker="deliverer",
            clock=SystemClock(),
            settings=QUICK,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(lane.run())
            await feed(store, lane, first, count)
            await telling.drained()
            lane.stop()
    print("drained", flush=True)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
