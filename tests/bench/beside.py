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

A_SECOND: Final = 100
CALLS: Final = 3000
_GAPS: Final = re.compile(r"^asterisk_bridge_ami_gaps_total\{.*\} (\S+)$", re.M)
_LOOK_EVERY: Final = 0.1  # seconds
_PATIENCE: Final = 10.0  # seconds without another call


@dataclass(frozen=True)
class _Run:
    asterisk: float
    daemon: float
    stored: int
    delivered: int
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
            at_most("the last record is committed after the last call's end", off.drained, 1, " s"),
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


async def _run(change: Callable[[dict[str, Any]], None], arrived: Callable[[Site], int]) -> _Run:
    loop = asyncio.get_running_loop()
    async with site(change) as at:
        asterisk, daemon = at.asterisk_seconds, at.daemon_seconds
        await at.calls(A_SECOND, CALLS)
        ended = loop.time()
        await _all(lambda: arrived(at))
        drained = loop.time() - ended
        return _Run(
            at.asterisk_seconds - asterisk,
            at.daemon_seconds - daemon,
            at.stored(),
            at.delivered() if change is every_event else 0,
            await _gaps(at),
            drained,
        )


async def _all(count: Callable[[], int]) -> None:
    """Until every call has arrived, or no more come."""
    before, patience = -1, _PATIENCE
    while (now := count()) < CALLS and patience > 0:
        patience = _PATIENCE if now != before else patience - _LOOK_EVERY
        before = now
        await asyncio.sleep(_LOOK_EVERY)


async def _gaps(at: Site) -> float:
    """How often the link was lost."""
    async with (
        aiohttp.ClientSession(at.daemon.address) as web,
        web.get("/metrics") as answer,
    ):
        return sum(map(float, _GAPS.findall(await answer.text())))
