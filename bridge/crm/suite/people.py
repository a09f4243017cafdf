"""Users with their extensions, tasks and notices; and the card of a call that rings."""

from __future__ import annotations

from typing import Final

from bridge.crm.suite import checks
from bridge.crm.suite.checks import same
from bridge.crm.suite.made import DID, NOWHERE, call, key
from bridge.crm.suite.stand import Stand, id_of
from bridge.domain.commands import CreateTask, Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Capability, LiveCall
from bridge.domain.record import Client, Direction

TASKS: Final = Capability.TASKS
NOTIFY: Final = Capability.NOTIFY
LIVE: Final = Capability.LIVE


def _ringing(stand: Stand) -> LiveCall:
    return LiveCall(
        call_id=call().call_id,
        direction=Direction.INBOUND,
        client=Client(number=stand.client),
        did=DID,
        user=None,
    )


@checks.check("users", TASKS)
async def users_come_with_their_extensions(stand: Stand) -> None:
    users = {each.id: each.extensions for each in await stand.crm.users()}
    same({id: users.get(id) for id in stand.users}, dict(stand.users))


@checks.check("create_task", TASKS, Capability.CONTACTS)
async def a_task_is_made_for_a_user_on_an_entity(stand: Stand) -> None:
    client = EntityRef(EntityKind.CONTACT, await stand.contact())
    task = CreateTask(title=f"Перезвонить{stand.mark}", owner=stand.anna)
    id_of(await stand.crm.create_task(task, client, key()))


@checks.check("create_task", TASKS)
async def a_task_may_have_a_deadline(stand: Stand) -> None:
    fields = {"deadline": "2026-11-30T09:00:00+03:00"}
    task = CreateTask(title=f"Перезвонить{stand.mark}", owner=stand.anna, fields=fields)
    id_of(await stand.crm.create_task(task, None, key()))


@checks.check("create_task", TASKS)
async def a_task_for_a_user_who_is_not_there_is_refused(stand: Stand) -> None:
    outcome = await stand.crm.create_task(CreateTask(title="x", owner="nobody"), None, key())
    same(outcome.verdict, Verdict.REFUSED)


@checks.check("create_task", TASKS, Capability.LEADS)
async def a_task_on_an_entity_that_is_not_there_is_refused(stand: Stand) -> None:
    lead = EntityRef(EntityKind.LEAD, NOWHERE)
    outcome = await stand.crm.create_task(CreateTask(title="x", owner=None), lead, key())
    same(outcome.verdict, Verdict.REFUSED)


@checks.check("notify", NOTIFY)
async def a_notice_reaches_a_user_who_is_there_and_nobody_else(stand: Stand) -> None:
    said = [await stand.crm.notify(user, "Пропущенный звонок") for user in (stand.anna, "nobody")]
    same([each.verdict for each in said], [Verdict.ACCEPTED, Verdict.REFUSED])


@checks.check("announce", LIVE)
async def a_call_announced_twice_has_one_card(stand: Stand) -> None:
    ringing = _ringing(stand)
    handles = {id_of(await stand.crm.announce(ringing, key())) for _ in range(2)}
    same(len(handles), 1, "the number of cards")


@checks.check("show", LIVE)
async def a_card_is_shown_and_hidden(stand: Stand) -> None:
    handle = id_of(await stand.crm.announce(_ringing(stand), key()))
    shown = await stand.crm.show(handle, (stand.anna, stand.boris))
    hidden = await stand.crm.hide(handle, (stand.boris,))
    same((shown.verdict, hidden.verdict), (Verdict.ACCEPTED, Verdict.ACCEPTED))


@checks.check("show", LIVE)
async def a_card_that_was_never_announced_cannot_be_shown(stand: Stand) -> None:
    same((await stand.crm.show(NOWHERE, (stand.anna,))).verdict, Verdict.REFUSED)
