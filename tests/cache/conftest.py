"""A real Redis of the test's own, and the shelves that must behave alike."""

from __future__ import annotations

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis as Client

from bridge.cache.settings import Redis
from bridge.cache.shelves import InRedis, OwnMemory, Shelf
from bridge.domain.counters import NoCounters
from tests.lab.absent import Absent


class NoRedis(Absent):
    """There is no redis-server here."""

    what = "Redis"


class RedisServer:
    """One redis-server on a socket of loopback that may go away and come back. `more` are words of
    its command line."""

    def __init__(self, folder: Path, port: int, *more: str) -> None:
        self.port = port
        self._folder = folder
        self._more = more
        self._process: Process | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            "redis-server",
            *self._more,
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)),
            *("--save", "", "--appendonly", "no"),
            stdout=DEVNULL,
        )
        while not await _listens(self.port):
            assert self._process.returncode is None, "redis-server did not start"

    async def told(self, *words: str | int) -> Any:
        """What it answers to a command."""
        client: Any = Client(port=self.port)  # the library has no types for this
        try:
            return await client.execute_command(*words)
        finally:
            await client.aclose()

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.sleep(0.01)
        return False
    writer.close()
    return True


@asynccontextmanager
async def redis_server(folder: Path, port: int, *more: str) -> AsyncIterator[RedisServer]:
    if not shutil.which("redis-server"):
        raise NoRedis("apt-get install redis-server")
    server = RedisServer(folder, port, *more)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def redis(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path, unused_tcp_port) as server:
        yield server


@pytest.fixture(params=["own memory", "redis"])
async def shelf(
    request: pytest.FixtureRequest, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[Shelf]:
    if request.param == "own memory":
        yield OwnMemory(3)
        return
    async with redis_server(tmp_path, unused_tcp_port) as server:
        made = InRedis(Redis(addresses=(server.address,)), NoCounters())
        yield made
        await made.close()
