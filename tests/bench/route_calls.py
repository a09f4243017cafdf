"""Real calls through `/route`, while all is well and while each thing that it needs is away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.bench.agi import served
from tests.bench.load import ASKING, ASKING_ANOTHER, Site, site
from tests.bench.table import Row, at_most
from tests.cache.conftest import RedisServer, redis_server
from tests.lab.ami import Ami
from tests.lab.ports import free_port

A_SECOND: Final = 20
BESIDE: Final = 5  # a second ask a bare server: what they wait is the machine's
SECONDS: Final = 120
SOON: Final = 3.0  # seconds after the daemon came back
MOST: Final = 0.05  # seconds that the daemon may keep a call
# What this session wants to hear of: the events of 20 calls a second are many.
_HEARD: Final = "Event: (Newexten|Newchannel|Hangup|UserEvent)"


@dataclass
class Place:
    """The site, the Redis that its daemon keeps answers in, and what is told of its channels."""

    at: Site
    redis: RedisServer
    ami: Ami
    bare: int  # port of a server that does nothing but answer
    called: int = 0


@dataclass
class Outcome:
    """`waited`: seconds from the question to the line after it, a call each, by Asterisk's clock;
    `beside` the same of calls that asked the bare server: what the machine costs. `told`: calls by
    what they were told."""

    calls: int
    waited: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    back: list[float] = field(default_factory=list)  # of those who asked just after it came back

    @property
    def lost(self) -> int:
        """Calls that did not go on after the question."""
        return self.calls - self.told.total()


def share(waited: list[float], of: int) -> float:
    """So many hundredths of the calls waited no longer."""
    ordered = sorted(waited)
    return ordered[min(len(ordered) * of // 100, len(ordered) - 1)]


@asynccontextmanager
async def nothing(place: Place, seconds: float) -> AsyncIterator[None]:
    """All is well."""
    yield


@asynccontextmanager
async def no_crm(place: Place, seconds: float) -> AsyncIterator[None]:
    """The CRM answers every question for a number with an error."""
    file = place.at.daemon.folder / "crm.db"
    with closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as crm:
        crm.execute("ALTER TABLE phones RENAME TO phones_gone")
        try:
            yield
        finally:
            crm.execute("ALTER TABLE phones_gone RENAME TO phones")


@asynccontextmanager
async def no_redis(place: Place, seconds: float) -> AsyncIterator[None]:
    """Redis is killed in mid-run."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_after(seconds / 2, place.redis.stop))
        yield
    await place.redis.start()


@asynccontextmanager
async def no_daemon(place: Place, seconds: float) -> AsyncIterator[None]:
    """The daemon is killed in mid-run, and is back after a sixth of it."""

    async def die() -> None:
        await place.at.daemon.kill()
        await asyncio.sleep(seconds / 6)
        await place.at.daemon.start_again()

    async with asyncio.TaskGroup() as group:
        group.create_task(_after(seconds / 3, die))
        yield


async def _after(seconds: float, act: Callable[[], Any]) -> None:
    await asyncio.sleep(seconds)
    await act()


Outage = Callable[[Place, float], AbstractAsyncContextManager[None]]
OUTAGES: Final[dict[str, Outage]] = {
    "all is well": nothing,
    "the CRM is down": no_crm,
    "Redis dies in mid-run": no_redis,
    "the daemon is killed and comes back": no_daemon,
}


@asynccontextmanager
async def opened() -> AsyncIterator[Place]:
    """An Asterisk, a daemon that answers it, and their Redis. Raises NoAsterisk."""
    agi = free_port()
    with TemporaryDirectory(prefix="bench-") as folder:
        async with redis_server(Path(folder), free_port()) as redis:

            def change(config: dict[str, Any]) -> None:
                config["agi"] = {"port": agi}
                config["cache"] = {"redis": {"addresses": [redis.address]}, "index": False}

            async with site(change) as at, at.asterisk.ami() as ami, served("bare") as bare:
                await ami.act("Filter", Operation="Add", Filter=_HEARD)
                await ami.act("Setvar", Variable="BRIDGE_AGI_PORT", Value=str(agi))
                await ami.act("Setvar", Variable="OTHER_AGI_PORT", Value=str(bare.port))
                yield Place(at, redis, ami, bare.port)


async def outcome(place: Place, outage: Outage, seconds: float) -> Outcome:
    """Of calls that go on for so long. Raises RuntimeError when one was not served."""
    calls = round(A_SECOND * seconds)
    place.ami.events.clear()
    async with outage(place, seconds), asyncio.TaskGroup() as group:
        group.create_task(place.at.calls(A_SECOND, calls, ASKING, place.called))
        few = round(BESIDE * seconds)
        group.create_task(place.at.calls(BESIDE, few, ASKING_ANOTHER, place.called))
    place.called += calls  # the next ones are strangers again
    await place.ami.quiet()
    found = Outcome(calls)
    _judge(place.ami.events, f":{place.bare}/", found)
    return found


def _judge(events: list[dict[str, str]], another: str, found: Outcome) -> None:
    """What the events say of each call; `another` stands in the address of the bare server."""
    asked: dict[str, float] = {}
    waited: dict[str, tuple[float, float]] = {}
    refused = 0.0  # when the last one was
    beside: set[str] = set()
    for event in events:
        if event["Event"] != "Newexten":
            continue
        call, at = event["Uniqueid"], float(event["Timestamp"])
        if event["Application"] == "AGI":
            asked[call] = at
            if another in event["AppData"]:
                beside.add(call)
        elif call in asked:
            waited[call] = asked[call], at - asked.pop(call)
            (found.beside if call in beside else found.waited).append(waited[call][1])
        if event["Application"] == "NoOp" and call not in beside:
            said = event["AppData"].removeprefix("told ")
            found.told[said] += 1
            refused = max(refused, waited[call][0]) if said == "OFF" else refused
    ours = [one for call, one in waited.items() if call not in beside]
    found.back = [spent for at, spent in ours if refused and refused < at < refused + SOON]


def route_calls() -> Iterator[tuple[str, list[Row]]]:
    """20 strangers a second for two minutes, four times over."""
    for name, found in asyncio.run(_all(SECONDS)).items():
        told = ", ".join(f"{said} {count}" for said, count in found.told.most_common())
        yield (
            f"{found.calls:,} calls, {A_SECOND} a second: {name}",
            [
                at_most("calls lost", found.lost, 0),
                at_most("the longest wait", 1e3 * max(found.waited), 1e3 * MOST, " ms"),
                *(
                    [Row("the longest of those just after it came back", _ms(found.back))]
                    if found.back
                    else []
                ),
                *(
                    Row(
                        f"{of} of 100 within; a bare server beside",
                        f"{1e3 * share(found.waited, of):.1f}; "
                        f"{1e3 * share(found.beside, of):.1f} ms",
                    )
                    for of in (100, 99, 50)
                ),
                Row("told", told),
            ],
        )


def _ms(waited: list[float]) -> str:
    return f"{1e3 * max(waited):.1f} ms"


async def _all(seconds: float) -> dict[str, Outcome]:
    async with opened() as place:
        return {name: await outcome(place, outage, seconds) for name, outage in OUTAGES.items()}
