"""A company's own system that scripts ask: one client owes money, another makes it hang."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Debts:
    """`asked` are the requests that came, with their bodies."""

    url: str
    asked: list[tuple[web.BaseRequest, bytes]] = field(default_factory=list)


@asynccontextmanager
async def debts(owing: str = "", hanging: str = "") -> AsyncIterator[Debts]:
    """At work while inside."""
    over = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.Response:
        place.asked.append((request, await request.read()))
        number = request.path.strip("/")
        if number == hanging:
            await over.wait()
        return web.json_response({"sum": 5 if number == owing else 0})

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    place = Debts(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield place
    finally:
        over.set()
        await runner.cleanup()
