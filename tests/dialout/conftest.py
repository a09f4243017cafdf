"""A click, a place to make it at, and a portal's ear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.dialout.dialout import Dialout
from bridge.dialout.forms import Forms
from bridge.dialout.order import Order
from bridge.dialout.ports import Asker, Place
from bridge.dialout.settings import ClickSettings, RequestSettings
from bridge.domain.call_events import CallStarted
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.directory import Directory
from bridge.domain.record import Client, Direction
from bridge.storage.store import Store, open_store
from tests.lab.wait import until
from tests.outbox.conftest import Counted, StillClock

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
NUMBER = "+79161234567"
USERS = {"101": "alice", "102": "bob"}


def request(**facts: Any) -> CallRequest:
    given: dict[str, Any] = {
        "id": "r1",
        "kind": RequestKind.CLICK,
        "number": "8 (916) 123-45-67",
        "user": "bob",
        "line": None,
        "handle": "h1",
        "entity": None,
        "asked_at": NOW,
    }
    return CallRequest(**{**given, **facts})


@dataclass
class Desk:
    """Dialout between a PBX that we are, and a portal that listens."""

    store: Store
    clock: StillClock
    live: bool = True
    orders: list[Order] = field(default_factory=list)
    results: list[Unfulfilled | Exception | None] = field(default_factory=list)
    told: dict[str, Unfulfilled] = field(default_factory=dict)
    counted: Counted = field(default_factory=Counted)
    deaf: bool = False  # the portal takes no word
    heard: int = 0

    def dialout(self) -> Dialout:
        place = Place(
            name="pbx",
            settings=ClickSettings(context="out", callbacks="Local/600@in"),
            directory=Directory,
            region=lambda: "RU",
            is_live=lambda: self.live,
            originate=self._originate,
        )
        return Dialout([place], self.store, clock=self.clock, counters=self.counted)

    def asker(self) -> Asker:
        return Asker(
            name="crm", users=lambda: USERS, unfulfilled=self._hear, settings=RequestSettings()
        )

    @asynccontextmanager
    async def forms(self) -> AsyncIterator[tuple[Dialout, Forms]]:
        """A process that takes forms; the next one finds what this one has left."""
        dialout = self.dialout()
        await dialout.expecting.restore()
        asker = self.asker()
        forms = Forms({asker.name: asker}, dialout, self.store, self.clock)
        async with asyncio.TaskGroup() as group:
            group.create_task(dialout.run())
            group.create_task(forms.run())
            yield dialout, forms
            forms.stop()
            dialout.stop()

    async def until(self, look: Callable[[], object], what: str) -> None:
        async def looked() -> bool:
            return bool(look())

        await until(looked, what)

    async def until_ordered(self, orders: int = 1) -> Order:
        await self.until(lambda: len(self.orders) >= orders, f"{orders} orders")
        return self.orders[-1]

    async def until_told(self, id: str = "r1") -> Unfulfilled:
        await self.until(lambda: id in self.told, f"the asker to be told of {id}")
        return self.told[id]

    async def _originate(self, order: Order) -> Unfulfilled | None:
        self.orders.append(order)
        result = self.results.pop(0) if self.results else None
        if isinstance(result, Exception):
            raise result
        return result

    async def _hear(self, request: CallRequest, why: Unfulfilled) -> Outcome:
        self.heard += 1
        if self.deaf:
            return Outcome(verdict=Verdict.TRY_LATER)
        self.told[request.id] = why
        return Outcome(verdict=Verdict.ACCEPTED)


def form(**facts: Any) -> CallRequest:
    return request(kind=RequestKind.CALLBACK, user=None, handle=None, **facts)


def begins(order: Order, call_id: str = "pbx-1.2", number: str | None = NUMBER) -> CallStarted:
    """The client's call, as the tracker tells of it."""
    client = Client(number=number)
    return CallStarted(
        NOW, call_id, Direction.OUTBOUND, client, None, agent="102", linkedid=order.id
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        yield store


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, StillClock())


@pytest.fixture
async def dialout(desk: Desk) -> AsyncIterator[Dialout]:
    made = desk.dialout()
    async with asyncio.TaskGroup() as group:
        group.create_task(made.run())
        yield made
        made.stop()
