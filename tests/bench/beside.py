"""Beside a real Asterisk under load: what the daemon's share of the machine is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from tests.bench.load import Site, every_event, nothing_delivered, site
from tests.bench.table import Row, at_most
from tests.lab.wait import until

A_SECOND: Final = 100
CALLS: Final = 3000
_WAITING: Final = re.compile(
    r"^asterisk_bridge_(ami_inbox_bytes|ami_gaps_total)\{.*\} (\S+)$", re.M
)


@dataclass(frozen=True)
class _Run:
    asterisk: float
    daemon: float
    stored: int
    delivered: int
    backlog: list[float]
    gaps: float
    drained: float


def beside() -> Iterator[tuple[str, list[Row]]]:
    """100 calls a second for 30 s, each answered and bridged to a Local channel for 3 s, every
    class of events on; without delivery, and once more with the built-in CRM."""
    off = asyncio.run(_run(nothing_delivered, lambda at: at.stored()))
    yield (
        f"{CALLS:,} calls, {A_SECOND} a second, from AMI to the committed record",
        [
            Row("processor: Asterisk", f"{off.asterisk:.1f} s"),
            Row("processor: daemon", f"{off.daemon:.1f} s"),
            at_most("daemon ÷ Asterisk", off.daemon / off.asterisk, 0.2),
            at_most("records missing", CALLS - off.stored, 0),
            at_most("times the link fell behind", off.gaps, 0),
            at_most("bytes waiting to be followed, most, first half", _most(off, first=True), 1e6),
            at_most("the same, second half", _most(off, first=False), 1e6),
        ],
    )
    on = asyncio.run(_run(every_event, lambda at: at.delivered()))
    yield (
        "The same with delivery to the built-in CRM",
        [
            Row("processor: Asterisk", f"{on.asterisk:.1f} s"),
            Row("processor: daemon", f"{on.daemon:.1f} s"),
            Row("daemon ÷ Asterisk", f"{on.daemon / on.asterisk:.2f}"),
            at_most("calls missing in the CRM", CALLS - on.delivered, 0),
            Row("all delivered after the last call's end", f"{on.drained:.1f} s"),
        ],
    )


def _most(run: _Run, *, first: bool) -> float:
    half = len(run.backlog) // 2
    return max(run.backlog[:half] if first else run.backlog[half:], default=0.0)


async def _run(change: Callable[[dict[str, Any]], None], arrived: Callable[[Site], int]) -> _Run:
    async with site(change) as at, asyncio.TaskGroup() as tasks:
        asterisk, daemon = at.asterisk_seconds, at.daemon_seconds
        seen: list[tuple[float, float]] = []
        watching = tasks.create_task(_watch(at, seen))
        await at.calls(A_SECOND, CALLS)
        ended = asyncio.get_running_loop().time()
        await _all(lambda: arrived(at))
        drained = asyncio.get_running_loop().time() - ended
        watching.cancel()
        return _Run(
            at.asterisk_seconds - asterisk,
            at.daemon_seconds - daemon,
            at.stored(),
            at.delivered() if change is every_event else 0,
            [waiting for waiting, _ in seen],
            seen[-1][1] if seen else 0.0,
            drained,
        )


async def _all(count: Callable[[], int]) -> None:
    """Until every call has arrived, or no more come."""
    before = -1

    async def come() -> bool:
        nonlocal before
        await asyncio.sleep(1)
        now = count()
        over, before = now >= CALLS or now == before, now
        return over

    await until(come, "the calls to arrive", within=300)


async def _watch(at: Site, seen: list[tuple[float, float]]) -> None:
    """Bytes that wait and gaps, each second."""
    async with aiohttp.ClientSession(at.daemon.address) as web:
        while True:
            async with web.get("/metrics") as answer:
                told = dict(_WAITING.findall(await answer.text()))
            waiting, gaps = told.get("ami_inbox_bytes", 0), told.get("ami_gaps_total", 0)
            seen.append((float(waiting), float(gaps)))
            await asyncio.sleep(1)
