"""A route over FastAGI from a kept answer: beside the least that asyncio can do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import uvloop

from tests.agi.dialplan import HEADERS
from tests.bench.table import Row, at_least, at_most, rate
from tests.cache.conftest import redis_server
from tests.lab.ports import free_port

ROUNDS: Final = 60
REQUESTS: Final = 400  # of a round: a short one may find the machine quiet
AT_ONCE: Final = 20
SECONDS: Final = 20
PER_SECOND: Final = 500
_HANDSHAKE: Final = (
    "agi_network_script: route?did=%2B74951234501\n"
    + "".join(f"{key}: {value}\n" for key, value in HEADERS.items())
    + "\n"
).encode()


@dataclass
class Server:
    """A server in a process of its own; `spent` is seconds of processor, a round each, `waited`
    seconds that a caller waited, a request each."""

    port: int
    pid: int
    spent: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    async def request(self) -> None:
        """One AGI() from connecting to its end."""
        started = perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(_HANDSHAKE)
        command = await reader.readline()
        assert command.startswith(b"EXEC MSet"), command
        writer.write(b"200 result=0\n")
        await reader.read()
        writer.close()
        self.waited.append(perf_counter() - started)


@asynccontextmanager
async def served(which: str) -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.agi_server", which, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield Server(int(await process.stdout.readline()), process.pid)
    finally:
        process.kill()
        await process.wait()


def ran(pid: int) -> float:
    """Seconds that the process, which has one thread, was on a processor, by the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def round_of(server: Server) -> None:
    """So many requests, some at once; the processor time that the server took for them."""

    async def some() -> None:
        for _ in range(REQUESTS // AT_ONCE):
            await server.request()

    before = ran(server.pid)
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    server.spent.append(ran(server.pid) - before)


async def second_of(server: Server) -> None:
    """One second of requests that come when they come, whether the last was answered or not."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with asyncio.TaskGroup() as group:
        for turn in range(PER_SECOND):
            await asyncio.sleep(started + turn / PER_SECOND - loop.time())
            group.create_task(server.request())


async def measured() -> tuple[Server, Server, Server]:
    """Ours with its answers in memory and in Redis, and the bare one; they take turns, so that the
    rest of the machine falls upon all."""
    with TemporaryDirectory() as folder:
        async with (
            redis_server(Path(folder), free_port()) as redis,
            served("memory") as ours,
            served(f"redis:{redis.port}") as shared,
            served("bare") as bare,
        ):
            for server in (ours, shared, bare):
                await round_of(server)
                server.spent.clear()
            for _ in range(ROUNDS):
                for server in (ours, shared, bare):
                    await round_of(server)
            for server in (ours, bare):
                server.waited.clear()
            for _ in range(SECONDS):
                for server in (ours, bare):
                    await second_of(server)
            return ours, shared, bare


def p99(server: Server) -> list[float]:
    """Milliseconds, of each second for itself, the quietest first: in a busy one both servers wait
    for the processor, and longer than either works."""
    starts = range(0, len(server.waited), PER_SECOND)
    seconds = [server.waited[at : at + PER_SECOND] for at in starts]
    return sorted(quantiles(second, n=100)[98] * 1000 for second in seconds)


def agi() -> Iterator[tuple[str, list[Row]]]:
    """Throughput in processor time, and what a caller waits at 500 requests a second."""
    ours, shared, bare = uvloop.run(measured())
    least = min(bare.spent)
    yield (
        f"route over FastAGI, decided from kept answers, {REQUESTS} requests, best of {ROUNDS}",
        [
            rate("kept in memory", REQUESTS, min(ours.spent), "requests"),
            rate("kept in Redis", REQUESTS, min(shared.spent), "requests"),
            rate("bare asyncio, the same commands", REQUESTS, least, "requests"),
            at_least("memory / bare", least / min(ours.spent), 0.6),
            at_least("Redis / bare", least / min(shared.spent), 0.35),
        ],
    )
    our, their = p99(ours), p99(bare)
    yield (
        f"from connecting to the end, {PER_SECOND} requests/s, p99 of each of {SECONDS} seconds",
        [
            Row("median second: ours", f"{median(our):.2f} ms"),
            Row("median second: bare", f"{median(their):.2f} ms"),
            Row("quietest second: ours", f"{our[0]:.2f} ms"),
            Row("quietest second: bare", f"{their[0]:.2f} ms"),
            at_most("added in the quietest second", our[0] - their[0], 2, " ms"),
        ],
    )
