"""Who talked with a client last: asked once, and never waited for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bridge.cache.talks import RecentTalks
from bridge.domain.record import CallRecord, Client, Direction, Disposition
from bridge.routing.case import Talked

CLIENT = "+79161234567"
NOON = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
WITH_ANNA, WITH_BORIS = Talked(extension="101", at=NOON), Talked(extension="102", at=NOON)


@dataclass
class Desk:
    """A store that answers once the gate is open, and a clock."""

    talked: Talked | Exception | None = WITH_ANNA
    asked: int = 0
    now: float = 0.0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.talks = RecentTalks(self.ask, 0.02, now=lambda: self.now)

    async def ask(self, number: str) -> Talked | None:
        self.asked += 1
        await self.gate.wait()
        if isinstance(self.talked, Exception):
            raise self.talked
        return self.talked


def record(responsible: str | None, disposition: Disposition, **more: bool) -> CallRecord:
    return CallRecord(
        call_id="office-1.1",
        pbx="office",
        direction=Direction.INBOUND,
        client=Client(number=CLIENT, raw=CLIENT),
        responsible=responsible,
        disposition=disposition,
        ended_at=NOON,
        **more,  # type: ignore[arg-type]
    )


async def test_the_store_is_asked_once_a_minute() -> None:
    desk = Desk()
    seen = [await desk.talks.with_client(CLIENT), await desk.talks.with_client(CLIENT)]
    desk.talked, desk.now = WITH_BORIS, 61
    seen.append(await desk.talks.with_client(CLIENT))
    assert (seen, desk.asked) == ([WITH_ANNA, WITH_ANNA, WITH_BORIS], 2)


async def test_a_store_that_is_slow_is_not_waited_for_and_tells_the_next_call() -> None:
    desk = Desk()
    desk.gate.clear()
    first = await desk.talks.with_client(CLIENT)
    desk.gate.set()
    await desk.talks._asking.settled()
    assert (first, await desk.talks.with_client(CLIENT), desk.asked) == (None, WITH_ANNA, 1)


async def test_a_store_that_is_away_knows_nobody_and_is_asked_again() -> None:
    desk = Desk(OSError("away"))
    assert (await desk.talks.with_client(CLIENT), await desk.talks.with_client(CLIENT)) == (
        None,
        None,
    )
    assert desk.asked == 2


@pytest.mark.parametrize(
    ("call", "last"),
    [
        (record("102", Disposition.ANSWERED), WITH_BORIS),
        (record("102", Disposition.NO_ANSWER), WITH_ANNA),
        (record("+79160000001", Disposition.ANSWERED), WITH_ANNA),
        (record("102", Disposition.ANSWERED, needs_review=True), WITH_ANNA),
    ],
    ids=["talked", "only_dialled", "outside_phone", "not_sure"],
)
async def test_a_call_that_ended_counts_at_once(call: CallRecord, last: Talked) -> None:
    desk = Desk()
    await desk.talks.with_client(CLIENT)
    desk.talks.take(call)
    assert await desk.talks.with_client(CLIENT) == last
