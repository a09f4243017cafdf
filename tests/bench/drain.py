"""A backlog of calls after an outage, into a portal that allows so many requests a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import ClientSession
from pydantic import SecretStr

from bridge.crm.bitrix24 import Bitrix24, Bitrix24Settings
from bridge.domain.record import CallRecord, Client, Direction, Disposition
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.outbox.lane import Lane
from bridge.outbox.states import OPEN
from bridge.storage.store import Store, open_store
from tests.bench.portal import PortalProcess, running_portal
from tests.bench.table import Row, at_most
from tests.lab.wait import until

BACKLOG: Final = 10_000
SOME: Final = 1_000  # as fast as they go
RATE: Final = 150.0  # requests a second
NO_LIMIT: Final = 1e6
TARGET: Final = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """`seconds` by the wall, `used` of processor; `requests` reached the portal."""

    seconds: float
    used: float
    requests: int
    refused: int
    delivered: int
    sent: list[tuple[str, dict[str, Any]]]


def drain() -> Iterator[tuple[str, list[Row]]]:
    """By the wall: how long it takes is the question here, and the limiter waits."""
    limited = asyncio.run(_drained(BACKLOG, RATE))
    allowed = limited.requests / RATE
    yield (
        f"{BACKLOG:,} calls, {RATE:g} requests a second allowed",
        [
            at_most("calls that are not in the portal", BACKLOG - limited.delivered, 0),
            Row("requests", f"{limited.requests:,}"),
            Row("requests a call", f"{limited.requests / BACKLOG:.2f}"),
            Row("refused as too many", f"{limited.refused}"),
            Row("drained in", f"{limited.seconds:.1f} s"),
            at_most("÷ the time that so many requests need", limited.seconds / allowed, TARGET),
            Row("processor time a call", f"{1e3 * limited.used / BACKLOG:.1f} ms"),
        ],
    )
    free = asyncio.run(_drained(SOME, NO_LIMIT))
    plain = asyncio.run(_plain(free.sent))
    yield (
        f"{SOME:,} calls without a limit, and the same requests in a plain loop",
        [
            Row("delivery", f"{free.requests / free.seconds:,.0f} requests/s"),
            Row("plain loop", f"{free.requests / plain:,.0f} requests/s"),
            Row("delivery ÷ plain loop, time by the wall", f"{free.seconds / plain:.2f}"),
        ],
    )


async def _drained(calls: int, rate: float) -> Drained:
    with TemporaryDirectory(prefix="bench-") as name, running_portal(rate) as portal:
        folder = Path(name)
        portal.furnish([_number(each) for each in range(0, calls, 3)])
        crm = _Telling(_settings(portal, folder, rate))
        async with open_store(str(folder / "bridge.db"), daemon=True) as store:
            await _fill(store, calls)
            destination = Destination(name="crm", crm=crm, users={"101": "1"})
            lane = Lane(destination, store, worker="w", clock=SystemClock())
            begin, used = time.monotonic(), time.process_time()
            async with asyncio.TaskGroup() as group:
                group.create_task(lane.run())
                await _nothing_left(store)
                lane.stop()
            seconds, used = time.monotonic() - begin, time.process_time() - used
        await crm.close()
        seen = portal.seen()
        return Drained(seconds=seconds, used=used, sent=crm.sent, **seen)


async def _nothing_left(store: Store) -> None:
    async def nothing() -> bool:
        return not await store.deliveries(OPEN, limit=1)

    await until(nothing, "everything to be delivered", within=3600)


async def _fill(store: Store, calls: int) -> None:
    """What ended while the portal was away."""
    now = SystemClock().now()
    await asyncio.gather(*(store.finish(_call(each), ["crm"], now=now) for each in range(calls)))


def _call(number: int) -> CallRecord:
    """A client with an open deal, a stranger who becomes a lead, a stranger who was called."""
    outbound = number % 3 == 2
    return CallRecord(
        call_id=f"pbx-{number}",
        pbx="pbx",
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        client=Client(number=_number(number), raw=_number(number)),
        did="+74952000001",
        started_at=SystemClock().now(),
        disposition=Disposition.ANSWERED,
        answered_by=("101",),
        responsible="101",
        talk_seconds=40.0,
    )


def _number(call: int) -> str:
    return f"+7916{call:07}"


class _Telling(Bitrix24):
    """Keeps what it sent."""

    def __init__(self, settings: Bitrix24Settings) -> None:
        super().__init__(settings)
        self.sent: list[tuple[str, dict[str, Any]]] = []
        post = self._client._post

        async def kept(name: str, body: dict[str, Any], sending: Any, ask: Any) -> dict[str, Any]:
            self.sent.append((name, body))
            return await post(name, body, sending, ask)

        self._client._post = kept  # type: ignore[method-assign]


def _settings(portal: PortalProcess, folder: Path, rate: float) -> Bitrix24Settings:
    return Bitrix24Settings(
        portal=portal.access["url"],
        auth=portal.access["url"],
        client_id=portal.access["client_id"],
        client_secret=SecretStr(portal.access["client_secret"]),
        refresh_token=SecretStr(portal.access["refresh_token"]),
        folder=folder,
        rate=rate,
    )


async def _plain(sent: list[tuple[str, dict[str, Any]]]) -> float:
    """Seconds for the same requests, one after the other, to a portal that is new again."""
    with running_portal(NO_LIMIT) as portal:
        portal.furnish([_number(each) for each in range(0, SOME, 3)])
        async with ClientSession() as session:
            begin = time.monotonic()
            for name, body in sent:
                own = body | {"auth": portal.access["access_token"]}
                async with session.post(f"{portal.access['url']}/rest/{name}", json=own) as answer:
                    await answer.json()
            return time.monotonic() - begin
