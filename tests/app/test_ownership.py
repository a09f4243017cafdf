"""One daemon follows a PBX: what others do meanwhile, and one that was cut off from the store."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

from bridge.app import ownership
from bridge.app.ownership import Ownership
from bridge.observe.health import Health
from bridge.outbox.ports import StoreUnavailable

AWAY = StoreUnavailable("the server is away")


class Link:
    pbx = "office"
    kind = "ami"

    def __init__(self) -> None:
        self.ran = 0
        self.closed = asyncio.Event()

    async def run(self) -> None:
        self.ran += 1
        await self.closed.wait()

    def close(self) -> None:
        self.closed.set()


class Office:
    """A PBX, and what the store answers when it is asked whose it is; at the end we stop."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.link = Link()
        self.health = Health()
        self.told: list[str] = []
        self.gaining: list[Exception] = []
        self._answers = deque(answers)
        self.owned = Ownership(
            self.link, self._hold, self.health, gained=self._gained, lost=self._lost
        )

    async def _hold(self, name: str) -> bool:
        self.told.append(self.health.facts().get("ami office", ""))
        if not self._answers:
            self.owned.stop()
            return True
        answer = self._answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _gained(self) -> None:
        if self.gaining:
            raise self.gaining.pop()
        self.told.append("gained")

    def _lost(self) -> None:
        self.told.append("lost")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "_LOOK_EVERY", 0.0)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ((True,), ["", ""]),
        ((False, False, True), ["", "standby", "standby", "gained", "standby"]),
        ((True, AWAY, True), ["", "", "", ""]),
        ((True, AWAY, False), ["", "", "", "lost"]),
    ],
    ids=["ours", "taken over from another", "store away and back", "lost to another"],
)
async def test_the_link_runs_while_the_pbx_is_ours(answers: Any, told: list[str]) -> None:
    office = Office(*answers)
    await office.owned.run()
    assert (office.told, office.link.ran) == (told, 1)


async def test_what_the_other_had_begun_is_taken_up_though_the_store_was_away_at_first() -> None:
    office = Office(False, True, True)
    office.gaining.append(AWAY)
    with pytest.raises(StoreUnavailable):
        await office.owned.run()
    await office.owned.run()
    assert (office.told.count("gained"), office.link.ran) == (1, 1)


async def test_a_standby_can_be_stopped_and_is_ready() -> None:
    office = Office(False)
    running = asyncio.ensure_future(office.owned.run())
    await asyncio.sleep(0)
    ready = office.health.ready
    office.owned.stop()
    await running
    assert (ready, office.link.ran) == (True, 0)
