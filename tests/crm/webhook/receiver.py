"""A receiver as docs/webhooks.md tells people to write one: checks the signature and the age, and
takes each event id once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.outbox.conftest import Counted

SECRETS = ("4f1c0d9e77ab21c0", "0b7d2c55ee19a3f4")


class Heard(Counted):
    """Waits for so many live events to be sent or dropped."""

    def __init__(self) -> None:
        super().__init__()
        self._something = asyncio.Event()

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        super().count(name, amount, **labels)
        self._something.set()

    async def until(self, count: int) -> None:
        while self.times.total() < count:
            self._something.clear()
            await self._something.wait()


@dataclass
class Receiver:
    """`answer` is asked first: what it returns is the answer, None takes the message. `seen` holds
    every message that came, `taken` those that were taken, by event id."""

    secret: str = SECRETS[0]
    answer: Callable[[], web.Response | None] = lambda: None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = dict(request.headers)
        self.seen.append((headers, body))
        self._something.set()
        await self.gate.wait()
        if (answer := self.answer()) is not None:
            return answer
        if not self.ours(headers, body):
            return web.Response(status=401, text="the signature is not good")
        self.taken.setdefault(headers["X-Bridge-Event-Id"], json.loads(body))
        return web.Response(status=204)

    def ours(self, headers: dict[str, str], body: bytes) -> bool:
        timestamp = headers.get("X-Bridge-Timestamp", "0")
        signed = timestamp.encode() + b"." + body
        good = "v1=" + hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        given = headers.get("X-Bridge-Signature", "").split(",")
        return abs(time.time() - int(timestamp)) < 300 and any(
            hmac.compare_digest(good, each) for each in given
        )

    def events(self) -> list[str]:
        return [headers["X-Bridge-Event"] for headers, _ in self.seen]

    async def until(self, count: int) -> None:
        """Returns when so many messages have come."""
        while len(self.seen) < count:
            self._something.clear()
            await self._something.wait()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.gate.set()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        receiver.gate.set()
        await runner.cleanup()
