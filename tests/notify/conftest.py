"""A clock that moves when told, and a sender that remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bridge.domain.messages import Message
from bridge.domain.troubles import TroubleKind
from bridge.notify.channels import Unsent
from bridge.notify.settings import QuietHours
from bridge.notify.teller import Kept, Teller
from tests.outbox.conftest import Counted, StillClock


@dataclass
class Remembers:
    """Sends nothing; fails with what stands in `failures` first."""

    failures: list[Exception] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    something: asyncio.Event = field(default_factory=asyncio.Event)
    failed: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message) -> None:
        if self.failures:
            self.failed.set()
            raise self.failures.pop(0)
        self.sent.append(message)
        self.something.set()

    async def until(self, count: int) -> None:
        while len(self.sent) < count:
            self.something.clear()
            await self.something.wait()


class Nothing:
    """Keeps nothing."""

    async def unsaid(self, channel: str) -> list[Message]:
        return []

    async def said(self, channel: str, ids: Sequence[str]) -> None: ...


class Telling:
    def __init__(
        self,
        most_per_hour: int = 100,
        quiet: QuietHours | None = None,
        kept: Kept | None = None,
        clock: StillClock | None = None,
    ) -> None:
        self.clock = clock or StillClock()
        self.counted = Counted()
        self.sender = Remembers()
        self.teller = Teller(
            "mail",
            self.sender,
            kept or Nothing(),
            most_per_hour=most_per_hour,
            clock=self.clock,
            counters=self.counted,
            quiet=quiet,
        )

    def tell(self, *titles: str, kind: TroubleKind | None = None) -> None:
        for title in titles:
            self.teller.tell(Message(id=title, title=title, text=f"text of {title}", kind=kind))

    def fail(self, *errors: Unsent) -> None:
        self.sender.failures += errors

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.teller.run())
            yield
            task.cancel()


@pytest.fixture
def telling() -> Telling:
    return Telling()
