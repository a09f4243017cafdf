"""What scripts want of a CRM is in the CRM: the built-in one, and a faithful Bitrix24."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.app.scripts import Acting
from bridge.config.load import parse
from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.outbox.destination import Destination
from bridge.routing.case import Case
from bridge.scripts.actions import MakeTask, Tell
from bridge.scripts.ports import NotDone
from tests.config.conftest import ENVIRONMENT, GOOD_PBX
from tests.crm.bitrix24.harness import Bitrix24Harness
from tests.crm.builtin.harness import BuiltinHarness
from tests.crm.contract.made import contact
from tests.routing.office import case

Harness = BuiltinHarness | Bitrix24Harness
Noted = list[tuple[str, tuple[str, ...], str]]


class Desk:
    """Scripts beside one CRM; `noted` is what the live stream was told."""

    def __init__(self, harness: Harness, folder: Path) -> None:
        self.harness = harness
        self.noted: Noted = []
        users = {"101": harness.anna, "102": harness.boris}
        self.acting = Acting(
            parse(f"folder: {folder}\n{GOOD_PBX}", "bridge.yml", ENVIRONMENT, folder),
            [Destination(name="crm", crm=harness.crm, users=users)],
            lambda call_id: None,
            lambda *note: self.noted.append(note),
        )

    async def client(self) -> tuple[str, Case]:
        """A contact of the CRM who calls: the id, and the call."""
        ref = EntityRef(EntityKind.CONTACT, await contact(self.harness.crm))
        return ref.id, case(matches=(Match(entity=ref, owner=self.harness.anna),))

    def tasks(self) -> list[tuple[str, ...]]:
        """Title, owner and what each is on."""
        if isinstance(self.harness, Bitrix24Harness):
            rows = self.harness.portal.state.tasks.values()
            return [
                (str(one["TITLE"]), str(one["RESPONSIBLE_ID"]), str(one["UF_CRM_TASK"][0]))
                for one in rows
            ]
        return self._rows("SELECT title, owner, entity FROM tasks")

    def notices(self) -> list[tuple[str, ...]]:
        """Whom, and what."""
        if isinstance(self.harness, Bitrix24Harness):
            rows = self.harness.portal.state.notices.values()
            return [(str(one["USER_ID"]), str(one["MESSAGE"])) for one in rows]
        return self._rows("SELECT user, text FROM notices")

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        assert isinstance(self.harness, BuiltinHarness)
        with closing(sqlite3.connect(self.harness.file)) as file:
            return [tuple(map(str, row)) for row in file.execute(query)]


@pytest.fixture(params=[BuiltinHarness, Bitrix24Harness], ids=lambda one: one.name)
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    harness: Harness = request.param(tmp_path)
    async with harness.running():
        yield Desk(harness, tmp_path)


@pytest.mark.proves("S2-37")
async def test_a_task_is_the_agents_and_on_the_client(desk: Desk) -> None:
    id, client = await desk.client()
    await desk.acting.do("pbx-1.1", MakeTask("Call the debtor", "102"), client)
    ((title, owner, on),) = desk.tasks()
    assert title.startswith("Call the debtor")
    assert (owner, on.removeprefix("C_")) == (desk.harness.boris, id)


async def test_the_same_task_wanted_again_in_one_call_is_one_task(desk: Desk) -> None:
    _, client = await desk.client()
    for _ in range(2):
        await desk.acting.do("pbx-1.1", MakeTask("Call the debtor", "102"), client)
    assert len(desk.tasks()) == 1


@pytest.mark.proves("S2-38")
async def test_what_agents_are_told_stands_in_the_crm_and_in_the_live_stream(desk: Desk) -> None:
    await desk.acting.do("pbx-1.1", Tell(("102", "199"), "owes 5"), case())
    assert desk.notices() == [(desk.harness.boris, "owes 5")]
    assert desk.noted == [("pbx-1.1", ("102", "199"), "owes 5")]


async def test_what_the_crm_refuses_is_told_in_its_words(desk: Desk) -> None:
    task = MakeTask("Call", "102", {"nonsense": "x"})
    with pytest.raises(NotDone, match="nonsense"):
        await desk.acting.do("pbx-1.1", task, case())
    assert desk.tasks() == []
