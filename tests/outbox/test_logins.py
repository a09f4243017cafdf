"""A login that dies is noticed though no call needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bridge.domain.ports import CrmNeedsLogin, CrmUnavailable, Probe
from bridge.outbox.logins import ASK_EVERY, Dead, Logins
from tests.outbox.conftest import StillClock
from tests.outbox.fake_crm import FakeCrm


class Asked(FakeCrm):
    """Answers the probe with what stands in `says`; well when nothing does."""

    def __init__(self) -> None:
        super().__init__()
        self.says: Exception | None = None

    async def probe(self) -> Probe:
        if self.says is not None:
            raise self.says
        return await super().probe()


@dataclass
class Bench:
    clock: StillClock = field(default_factory=StillClock)
    crm: Asked = field(default_factory=Asked)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.logins = Logins(
            [("crm", self.crm)], self.clock, lambda name, state, act: self.told.append(state)
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.logins.run())
            await self.clock.waits.acquire()
            yield
            task.cancel()

    async def later(self, says: Exception | None) -> Dead | None:
        """What is known after the next look."""
        self.crm.says = says
        self.clock.move(ASK_EVERY)
        await self.clock.waits.acquire()
        return self.logins.dead.get("crm")


DEAD = CrmNeedsLogin("the token is dead")


@pytest.mark.proves("S4-41")
async def test_a_login_that_dies_and_is_renewed() -> None:
    bench = Bench()
    async with bench.running():
        seen = [await bench.later(says) for says in (None, DEAD, DEAD, None)]
    at = StillClock().now() + 2 * ASK_EVERY
    assert seen == [None, *[Dead(at, "the token is dead")] * 2, None]
    assert bench.told == ["refuses our login", "good"]


@pytest.mark.parametrize("silent", [CrmUnavailable("503"), ValueError("our own mistake")])
async def test_a_crm_that_does_not_answer_says_nothing_of_the_login(silent: Exception) -> None:
    bench = Bench()
    async with bench.running():
        seen = [await bench.later(says) for says in (silent, DEAD, silent)]
    assert [each is not None for each in seen] == [False, True, True]
