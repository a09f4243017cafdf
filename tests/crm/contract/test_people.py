"""Users with their extensions, tasks and notices; and the card of a call that rings."""

from __future__ import annotations

import pytest

from bridge.domain.commands import CreateTask, Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Capability, Crm, LiveCall
from bridge.domain.record import Client, Direction
from tests.crm.contract import made
from tests.crm.contract.harness import Harness

NEEDS = Capability.TASKS

RINGING = LiveCall(
    call_id="pbx-1.1",
    direction=Direction.INBOUND,
    client=Client(number=made.CLIENT),
    did=made.DID,
    user=None,
)


async def test_users_come_with_their_extensions(harness: Harness, crm: Crm) -> None:
    users = {each.id: each.extensions for each in await crm.users()}
    assert users == {harness.anna: ("101",), harness.boris: ("102", "202")}


async def test_a_task_is_made_for_a_user_on_an_entity(harness: Harness, crm: Crm) -> None:
    client = EntityRef(EntityKind.CONTACT, await made.contact(crm))
    task = CreateTask(title="Перезвонить", owner=harness.anna)
    assert made.made(await crm.create_task(task, client, made.key()))


@pytest.mark.parametrize(
    ("owner", "entity"),
    [("nobody", None), (None, EntityRef(EntityKind.LEAD, "424242"))],
    ids=["for a user", "on an entity"],
)
async def test_a_task_that_is_for_nobody_there_is_refused(
    crm: Crm, owner: str | None, entity: EntityRef | None
) -> None:
    outcome = await crm.create_task(CreateTask(title="x", owner=owner), entity, made.key())
    assert outcome.verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("user", "verdict"), [("anna", Verdict.ACCEPTED), ("nobody", Verdict.REFUSED)]
)
async def test_a_notice_reaches_a_user_who_is_there(
    harness: Harness, crm: Crm, user: str, verdict: Verdict
) -> None:
    outcome = await crm.notify(getattr(harness, user, user), "Пропущенный звонок")
    assert outcome.verdict is verdict


async def test_a_call_announced_twice_has_one_card(crm: Crm) -> None:
    handles = {made.made(await crm.announce(RINGING, made.key())) for _ in range(2)}
    assert len(handles) == 1


async def test_a_card_is_shown_and_hidden(harness: Harness, crm: Crm) -> None:
    handle = made.made(await crm.announce(RINGING, made.key()))
    shown = await crm.show(handle, (harness.anna, harness.boris))
    hidden = await crm.hide(handle, (harness.boris,))
    assert (shown.verdict, hidden.verdict) == (Verdict.ACCEPTED, Verdict.ACCEPTED)


async def test_a_card_that_was_never_announced_cannot_be_shown(harness: Harness, crm: Crm) -> None:
    assert (await crm.show("424242", (harness.anna,))).verdict is Verdict.REFUSED
