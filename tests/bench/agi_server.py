"""A FastAGI server for the benchmark: `python -m tests.bench.agi_server WHICH` prints its port.

`memory` decides from answers in its own cache, `redis:PORT` from those in a Redis; `bare` is the
least that asyncio can do with the same commands.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Final, cast

import structlog
import uvloop
from prometheus_client import CollectorRegistry

from bridge.agi.answers import Answers
from bridge.agi.command import assign
from bridge.agi.endpoints import agi_server
from bridge.agi.routes import ClientRoutes, Company, Source
from bridge.agi.settings import AgiSettings
from bridge.app import settle_memory
from bridge.cache.answers import Answer
from bridge.cache.known import KnownNumbers
from bridge.cache.settings import CacheSettings, Redis
from bridge.cache.shelves import InRedis, OwnMemory
from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.domain.ports import Crm
from bridge.domain.routes import Decision, RouteStatus
from bridge.observe.metrics import PrometheusCounters
from bridge.outbox.destination import Destination

DECISION: Final = Decision(
    status=RouteStatus.OK, owner="101", dial="PJSIP/101", timeout=20, name="Иванов", label="owner"
)
_COMMAND: Final = f"{assign(DECISION.variables())}\n".encode()


class Nobody:
    """Talked with this client."""

    def at_hand(self, number: str) -> None:
        return None

    async def with_client(self, number: str) -> None:
        return None


async def nothing(number: str) -> list[Match]:
    """A CRM that must not be needed."""
    raise AssertionError("the cache did not know")


async def deciding(which: str, counters: PrometheusCounters) -> ClientRoutes:
    """The routes as the daemon makes them, their answer kept already."""
    kind, _, port = which.partition(":")
    settings = Redis(addresses=(f"127.0.0.1:{port}",)) if kind == "redis" else None
    shelf = InRedis(settings, counters) if settings else OwnMemory(100_000)
    match = Match(entity=EntityRef(EntityKind.CONTACT, "1"), name="Иванов", owner="anna")
    await shelf.put("crm:+79161234561", Answer(time.time(), (match,)).to_bytes(), 3600)
    numbers = KnownNumbers("crm", nothing, shelf, CacheSettings(), counters)
    users = {"101": "anna"}
    to = Destination(name="crm", crm=cast(Crm, None), capabilities=frozenset(), users=users)
    source = Source(destination=to, numbers=numbers)
    return ClientRoutes([source], Company(), Nobody(), dict, within=0.2)


async def bare(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the handshake into a dict, send one command, read the reply."""
    lines = (await reader.readuntil(b"\n\n")).decode().split("\n")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    assert headers["agi_network_script"]
    writer.write(_COMMAND)
    await writer.drain()
    await reader.readline()
    writer.close()


async def serve(which: str) -> None:
    if which == "bare":
        listening = await asyncio.start_server(bare, "127.0.0.1", 0, backlog=1024)
        port = listening.sockets[0].getsockname()[1]
    else:
        settings, counters = AgiSettings(port=0), PrometheusCounters(CollectorRegistry())
        answers = Answers(await deciding(which, counters), settings.deadline, counters)
        port = await agi_server(settings, answers, counters).open()
    settle_memory()
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    # Nobody reads on where the port was printed.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    uvloop.run(serve(sys.argv[1]))
