"""The store alone: finished calls into it, and out of it to a CRM over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from aiohttp import ClientSession

from bridge.domain.ports import Crm
from bridge.domain.record import CallRecord, Client
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.outbox.intake import Intake
from bridge.outbox.lane import Lane
from bridge.outbox.states import OPEN
from bridge.storage.store import Store, open_store
from tests.bench.quick_crm import quick_crm
from tests.bench.table import Row, at_most
from tests.lab.wait import until
from tests.outbox.http_crm import HttpCrm
from tests.rules.office import USERS, call

A_SECOND: Final = 200
SECONDS: Final = 15
DELIVERED: Final = 2000
ABREAST: Final = 8
ROUNDS: Final = 3


@dataclass(frozen=True)
class _Spent:
    """Seconds: of the clock on the wall, and of this process."""

    wall: float
    processor: float


class _Watch:
    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def spent(self) -> _Spent:
        return _Spent(time.perf_counter() - self._wall, time.process_time() - self._processor)


def store() -> Iterator[tuple[str, list[Row]]]:
    """SQLite, synchronous FULL, on the disk where temporary files lie."""
    count = A_SECOND * SECONDS
    behind, spent = asyncio.run(_fed(count, A_SECOND))
    _, flood = asyncio.run(_fed(count, None))
    yield (
        f"{count:,} finished calls into the store on SQLite",
        [
            at_most(f"committed after the last of {A_SECOND} a second", behind, 0.5, " s"),
            Row("processor", f"{1e3 * spent.processor / count:.2f} ms a call"),
            Row("all at once", f"{count / flood.wall:,.0f} calls/s"),
        ],
    )
    ours, plain = asyncio.run(_delivered())
    yield (
        f"{DELIVERED:,} calls to a CRM over HTTP, {ABREAST} at a time, 3 requests each",
        [
            Row("delivered", f"{DELIVERED / ours.wall:,.0f} calls/s"),
            Row("the same requests in a plain loop", f"{DELIVERED / plain.wall:,.0f} calls/s"),
            Row("delivered ÷ plain loop, by the clock", f"{plain.wall / ours.wall:.2f}"),
            Row("processor", f"{1e3 * ours.processor / DELIVERED:.2f} ms a call"),
            Row(
                "processor of the plain loop", f"{1e3 * plain.processor / DELIVERED:.2f} ms a call"
            ),
        ],
    )


def _calls(count: int) -> list[CallRecord]:
    return [
        call(call_id=f"pbx-{n}", client=Client(number=f"+7916{n:07}"), recordings=())
        for n in range(count)
    ]


async def _fed(count: int, a_second: int | None) -> tuple[float, _Spent]:
    """Seconds that the last record is committed after it was finished."""
    loop = asyncio.get_running_loop()
    with TemporaryDirectory() as folder:
        async with open_store(str(Path(folder) / "bridge.db"), daemon=True) as kept:
            intake = Intake(kept, ["crm"], SystemClock(), lambda record: None)
            records, watch = _calls(count), _Watch()
            async with asyncio.TaskGroup() as group:
                group.create_task(intake.run())
                began = loop.time()
                for number, record in enumerate(records):
                    intake.take(record)
                    if a_second:
                        due = began + number / a_second
                        await asyncio.sleep(max(0.0, due - loop.time()))
                last = loop.time()
                intake.stop()
            return loop.time() - last, watch.spent()


async def _delivered() -> tuple[_Spent, _Spent]:
    """Ours and the plain loop's, the best of some rounds by turns."""
    async with quick_crm() as url, HttpCrm.session() as session:
        rounds = [
            (await _by_lane(session, url), await _by_loop(session, url)) for _ in range(ROUNDS)
        ]
    ours, plain = zip(*rounds, strict=True)
    return min(ours, key=lambda spent: spent.wall), min(plain, key=lambda spent: spent.wall)


async def _by_lane(session: ClientSession, url: str) -> _Spent:
    with TemporaryDirectory() as folder:
        async with open_store(str(Path(folder) / "bridge.db"), daemon=True) as kept:
            clock = SystemClock()
            now = clock.now()
            await asyncio.gather(*(kept.finish(one, ["crm"], now=now) for one in _calls(DELIVERED)))
            crm = cast(Crm, HttpCrm(session, url))
            lane = Lane(
                Destination(name="crm", crm=crm, users=USERS),
                kept,
                worker="bench",
                clock=clock,
                abreast=ABREAST,
            )
            watch = _Watch()
            async with asyncio.TaskGroup() as group:
                group.create_task(lane.run())
                await _drained(kept)
                spent = watch.spent()
                lane.stop()
            return spent


async def _drained(kept: Store) -> None:
    async def nothing() -> bool:
        return not await kept.deliveries(OPEN, limit=1)

    await until(nothing, "everything to be delivered", within=120)


async def _by_loop(session: ClientSession, url: str) -> _Spent:
    crm = HttpCrm(session, url)
    watch, turns = _Watch(), iter(range(DELIVERED))

    async def one_after_another() -> None:
        for number in turns:
            await crm._ask("/leads", phone=f"+7916{number:07}")
            lead = await crm._write(f"crm/pbx-{number}/create_lead/lead", phone=str(number))
            await crm._write(f"crm/pbx-{number}/log_call/call", on=[lead.result])

    await asyncio.gather(*(one_after_another() for _ in range(ABREAST)))
    return watch.spent()
