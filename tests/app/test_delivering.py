"""The CRMs of a configuration: their users beside it, and what is let go of."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from bridge.app import delivering
from bridge.app.delivering import Delivering, dry_run
from bridge.config.load import parse
from bridge.config.model import Config
from bridge.domain.counters import NoCounters
from bridge.domain.entities import User
from bridge.domain.ports import CrmUnavailable
from bridge.observe.health import Health
from bridge.observe.tasks import Tasks
from bridge.outbox.clock import SystemClock
from bridge.storage.store import Store
from tests.config.conftest import ENVIRONMENT, GOOD_PBX
from tests.lab.wait import until
from tests.outbox.fake_crm import FakeCrm
from tests.rules.office import call


class Slow(FakeCrm):
    """Tells its users when it is let; remembers that it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.users_asked, self.may_tell = asyncio.Event(), asyncio.Event()
        self.closed = 0

    async def users(self) -> list[User]:
        self.users_asked.set()
        await self.may_tell.wait()
        return [User(id="theirs", extensions=("101", "102"))]

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def crm(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    monkeypatch.setattr(delivering, "connect", lambda settings: made)
    return made


def configured(folder: Path, user: str) -> Config:
    text = f"folder: {folder}\n{GOOD_PBX}agents: [{{extension: '101', crm_user: {user}}}]\n"
    return parse(text, "bridge.yml", ENVIRONMENT, folder)


async def test_users_that_come_after_a_reload_do_not_bring_back_the_old_configuration(
    crm: Slow, tmp_path: Path
) -> None:
    made = Delivering(
        configured(tmp_path, "old"),
        cast(Store, None),
        NoCounters(),
        lambda record: None,
        clock=SystemClock(),
        worker="w",
        health=Health(),
    )
    tasks = Tasks()
    made.start_reading(tasks)
    await crm.users_asked.wait()
    made.reload(configured(tmp_path, "new"))
    crm.may_tell.set()

    async def told() -> bool:
        return "102" in made.destinations[0].users

    await until(told, "the CRM's users")
    await tasks.stop(0.3)
    assert made.destinations[0].users == {"101": "new", "102": "theirs"}


async def test_a_dry_run_that_the_crm_breaks_off_lets_go_of_it(crm: Slow, tmp_path: Path) -> None:
    crm.reads.append(CrmUnavailable("away"))
    lines: Any = dry_run(configured(tmp_path, "old"), [call()])
    with pytest.raises(CrmUnavailable):
        [line async for line in lines]
    assert crm.closed == 1
