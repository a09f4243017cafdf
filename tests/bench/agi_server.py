"""A FastAGI server for the benchmark: `python -m tests.bench.agi_server ours|bare`, its port on
standard output. `bare` is the least that asyncio can do with the same commands."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import uvloop
from prometheus_client import CollectorRegistry

from bridge.agi.answers import Answers
from bridge.agi.command import assign
from bridge.agi.endpoints import agi_server
from bridge.agi.settings import AgiSettings
from bridge.app import settle_memory
from bridge.domain.routes import Asked, Caller, Decision, RouteStatus
from bridge.observe.metrics import PrometheusCounters

DECISION: Final = Decision(
    status=RouteStatus.OK, owner="101", dial="PJSIP/101", timeout=20, name="Иванов", label="owner"
)
_COMMAND: Final = f"{assign(DECISION.variables())}\n".encode()


class InProcess:
    """Knows the answer."""

    async def route(self, asked: Asked) -> Decision:
        return DECISION

    async def lookup(self, asked: Asked) -> Caller:
        return Caller()

    async def say(self, asked: Asked) -> tuple[str, ...]:
        return ()


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
        answers = Answers(InProcess(), settings.deadline, counters)
        port = await agi_server(settings, answers, counters).open()
    settle_memory()
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
