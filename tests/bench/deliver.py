"""Finished calls from the store to the built-in CRM: statements, transactions, processor."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.pool import Pool

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.crm.builtin.intake import Entry
from bridge.crm.builtin.settings import UserSettings
from bridge.domain.commands import Verdict
from bridge.domain.counters import NoCounters
from bridge.domain.record import CallRecord, Client
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.outbox.lane import Lane
from bridge.storage.store import open_store
from tests.bench.table import Row
from tests.lab.wait import until
from tests.rules.office import USERS, call

CALLS: Final = 500
ABREAST: Final = 8
ROUNDS: Final = 3


def deliver() -> Iterator[tuple[str, list[Row]]]:
    """Both files on the disk where temporary files lie, SQLite, synchronous FULL. Strangers become
    a lead and a logged call, known clients a call on the contact and the deal."""
    for who, known in (("strangers", False), ("known clients", True)):
        with _counted() as ran:
            asyncio.run(_delivered(known, ran))
        spent = min(asyncio.run(_delivered(known, Counter())) for _ in range(ROUNDS))
        yield (
            f"{CALLS:,} calls of {who} to the built-in CRM, {ABREAST} at a time",
            [
                Row("statements", f"{ran.total() / CALLS:.1f} a call"),
                Row("transactions", f"{ran['BEGIN'] / CALLS:.1f} a call"),
                Row("processor", f"{1e3 * spent / CALLS:.2f} ms a call"),
            ],
        )


@contextmanager
def _counted() -> Iterator[Counter[str]]:
    """How many statements of each first word SQLite runs in this process."""
    ran: Counter[str] = Counter()

    def connected(connection: Any, _record: object) -> None:
        connection.set_trace_callback(lambda sql: ran.update([sql.split(None, 1)[0]]))

    event.listen(Pool, "connect", connected)
    try:
        yield ran
    finally:
        event.remove(Pool, "connect", connected)


class _Accepted(NoCounters):
    writes = 0

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        self.writes += labels.get("verdict") == Verdict.ACCEPTED


async def _delivered(known: bool, ran: Counter[str]) -> float:
    """Seconds of processor; what `ran` before does not count."""
    people = tuple(UserSettings(id=id, extensions=(ext,)) for ext, id in USERS.items())
    with TemporaryDirectory() as folder:
        crm = BuiltinCrm(BuiltinSettings(file=Path(folder, "crm.db"), users=people, timeout=60))
        await crm.take([_client(number) for number in range(CALLS if known else 0)])
        async with open_store(str(Path(folder, "bridge.db")), daemon=True) as kept:
            clock = SystemClock()
            now = clock.now()
            calls = (_call(number) for number in range(CALLS))
            await asyncio.gather(*(kept.finish(one, ["crm"], now=now) for one in calls))
            accepted = _Accepted()
            to = Destination(name="crm", crm=crm, users=USERS)
            lane = Lane(to, kept, worker="b", clock=clock, counters=accepted, abreast=ABREAST)
            ran.clear()
            begin = time.process_time()
            async with asyncio.TaskGroup() as group:
                group.create_task(lane.run())
                await _written(accepted, CALLS if known else 2 * CALLS)
                lane.stop()
            spent = time.process_time() - begin
        await crm.close()
        return spent


async def _written(accepted: _Accepted, writes: int) -> None:
    async def all_of_them() -> bool:
        return accepted.writes == writes

    await until(all_of_them, "everything to be delivered", within=300)


def _client(number: int) -> Entry:
    owner = next(iter(USERS.values()))
    phone = _number(number)
    return Entry(line=number, name=f"Anna {number}", phones=(phone,), deal="Pump", owner=owner)


def _call(number: int) -> CallRecord:
    client = Client(number=_number(number), raw=_number(number))
    return call(call_id=f"pbx-{number}", client=client, recordings=())


def _number(client: int) -> str:
    return f"+7916{client:07}"
