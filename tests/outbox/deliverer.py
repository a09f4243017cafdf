"""A process to be killed: it finishes numbered calls, says each one that is safe, and delivers.

    python -m tests.outbox.deliverer STORE URL FIRST COUNT

Several may share a store; each has a name of its own there, as daemons have. It prints
`finished N` once call N is committed, `recorded N` once its late recording is, and `drained` when
nothing is left to deliver; then it ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from datetime import timedelta
from typing import cast

import structlog

from bridge.domain.ports import Crm
from bridge.domain.record import CallRecord, Client, Recording, RecordingState
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.outbox.lane import Lane
from bridge.outbox.retry import RetrySettings
from bridge.outbox.states import OPEN, EntryState
from bridge.storage.store import Store, open_store
from tests.lab.wait import until
from tests.outbox.http_crm import HttpCrm
from tests.rules.office import USERS, call

CLIENTS = 7  # so that calls of one stranger often meet
LEASE = timedelta(seconds=1)
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


async def drained(store: Store) -> None:
    """Returns when nothing is left to deliver, whoever did it."""

    async def nothing() -> bool:
        return not await store.deliveries((*OPEN, EntryState.HELD_BACK), limit=1)

    await until(nothing, "everything to be delivered", within=60)


async def main(where: str, url: str, first: int, count: int) -> None:
    async with open_store(where, daemon=True) as store, HttpCrm.session() as session:
        worker = f"deliverer {os.getpid()}"
        await store.claims.hold(worker)
        crm = cast(Crm, HttpCrm(session, url))
        lane = Lane(
            Destination(name="crm", crm=crm, users=USERS),
            store,
            worker=worker,
            lease=LEASE,
            clock=SystemClock(),
            settings=QUICK,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(lane.run())
            await feed(store, lane, first, count)
            await drained(store)
            lane.stop()
    print("drained", flush=True)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
