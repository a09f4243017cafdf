"""The way in: what is finished waits for a store that is away, and none waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bridge.domain.record import CallRecord, Direction
from bridge.outbox.intake import Intake
from bridge.outbox.ports import StoreUnavailable
from tests.lab.wait import until
from tests.outbox.conftest import StillClock
from tests.rules.office import call


@dataclass
class Shelf:
    """A store; `refuses` says of which calls, and `asked` is told of each try."""

    kept: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    asked: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def finish(
        self, record: CallRecord, destinations: Iterable[str], *, now: datetime
    ) -> bool:
        self.asked.release()
        if record.call_id in self.refuses:
            raise StoreUnavailable("the store cannot write: database or disk is full")
        self.kept.append(record.call_id)
        return True


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def intake(shelf: Shelf, clock: StillClock) -> Intake:
    return Intake(shelf, ["crm"], clock, lambda record: None)


async def test_a_call_the_store_refuses_holds_up_no_other(shelf: Shelf, intake: Intake) -> None:
    shelf.refuses = {"pbx-1"}
    async with asyncio.TaskGroup() as group:
        running = group.create_task(intake.run())
        for number in (1, 2, 3):
            intake.take(call(call_id=f"pbx-{number}"))
            await shelf.asked.acquire()

        async def stored() -> bool:
            return intake.unstored == 1

        await until(stored, "only the refused one to wait")
        running.cancel()
    assert shelf.kept == ["pbx-2", "pbx-3"]


async def test_a_store_that_comes_back_gets_what_waited_and_is_complained_of_once(
    shelf: Shelf, intake: Intake, clock: StillClock
) -> None:
    shelf.refuses = {"pbx-1"}
    intake.take(call(call_id="pbx-1"))
    with capture_logs() as lines:
        async with asyncio.TaskGroup() as group:
            group.create_task(intake.run())
            for _ in range(3):
                await shelf.asked.acquire()
                await clock.waits.acquire()
                clock.move(timedelta(seconds=3))
            shelf.refuses.clear()
            intake.stop()
    told = [line["log_level"] for line in lines if line["call_id"] == "pbx-1"]
    assert (shelf.kept, told.count("error")) == (["pbx-1"], 1)


async def test_a_call_inside_the_office_is_not_taken(intake: Intake) -> None:
    intake.take(call(Direction.INTERNAL))
    assert intake.unstored == 0
