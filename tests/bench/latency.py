"""From the hang-up in Asterisk to the entry in the built-in CRM."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from tests.bench.load import Site, every_event, site
from tests.bench.table import Row, at_most

A_SECOND: Final = 10
CALLS: Final = 300
_LOOK_EVERY: Final = 0.002  # seconds: so much too long may a figure be


def latency() -> Iterator[tuple[str, list[Row]]]:
    """From the time that Asterisk gives its Hangup of the client's channel to the moment when a
    reader of the CRM's file finds the call there."""
    found = sorted(asyncio.run(_run()))
    yield (
        f"{CALLS} calls, {A_SECOND} a second",
        [
            at_most("calls missing in the CRM", CALLS - len(found), 0),
            at_most("half of the calls within", 1e3 * found[len(found) // 2], 100, " ms"),
            at_most("99 of 100 within", 1e3 * found[len(found) * 99 // 100], 500, " ms"),
            Row("the slowest", f"{1e3 * found[-1]:.0f} ms"),
        ],
    )


async def _run() -> list[float]:
    async with site(every_event) as at, at.asterisk.ami() as ami, asyncio.TaskGroup() as tasks:
        entered: dict[str, float] = {}
        watching = tasks.create_task(_watch(at, entered))
        await at.calls(A_SECOND, CALLS)
        await ami.quiet()
        async with asyncio.timeout(30):
            await watching
        return [
            entered[event["Uniqueid"]] - float(event["Timestamp"])
            for event in ami.events
            if event["Event"] == "Hangup" and event["Uniqueid"] in entered
        ]


async def _watch(at: Site, entered: dict[str, float]) -> None:
    """When each call was first seen in the CRM, until all are there."""
    with closing(sqlite3.connect(f"file:{at.daemon.folder / 'crm.db'}?mode=ro", uri=True)) as db:
        last = 0
        while len(entered) < CALLS:
            rows = db.execute("SELECT id, call_id FROM calls WHERE id > ? ORDER BY id", [last])
            for row, call_id in rows:
                last = row
                entered[call_id.partition("-")[2]] = time.time()
            await asyncio.sleep(_LOOK_EVERY)
