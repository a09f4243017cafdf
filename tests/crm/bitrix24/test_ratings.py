"""A rating that comes when the portal has the call already: in the client's timeline, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, EntityRef
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.office import Office
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal


def comments(portal: Portal) -> list[str]:
    rows = portal.state.comments.values()
    return [f"{row['ENTITY_TYPE']}: {row['COMMENT'].partition(' #')[0]}" for row in rows]


async def test_it_follows_its_call_into_the_portal(office: Office) -> None:
    call = await office.call()
    assert call
    assert call.external_id
    await office.store.rate(call.external_id, 2, now=office.clock.now())
    await office.deliver()
    assert comments(office.portal) == ["lead: The client rated the call: 2/5"]
    assert await office.states() == {"done"}


async def test_the_last_word_in_the_portal_is_the_clients_last(office: Office) -> None:
    call = await office.call()
    assert call
    assert call.external_id
    for rating in (2, 5, 2):
        await office.store.rate(call.external_id, rating, now=office.clock.now())
        await office.deliver()
    assert [each[-3:] for each in comments(office.portal)] == ["2/5", "5/5", "2/5"]
    for rating in (1, 4):
        await office.store.rate(call.external_id, rating, now=office.clock.now())
    await office.deliver()
    assert [each[-3:] for each in comments(office.portal)[3:]] == ["4/5"]
    assert await office.states() == {"done"}


async def test_one_that_the_call_was_finished_with_is_not_said_again(
    crm: Bitrix24, portal: Portal
) -> None:
    contact = EntityRef(EntityKind.CONTACT, str(portal.add("contact", made.CLIENT, NAME="x")))
    record = replace(made.call(), rating=4)
    call = made.made(await crm.log_call(record, "1", (contact,), made.key()))
    made.made(await crm.rate_call(call, 4, made.key("rate_call")))
    made.made(await crm.rate_call(call, 1, made.key("rate_call")))
    assert comments(portal) == ["contact: The client rated the call: 1/5"]


@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_answer_leaves_one(
    crm: Bitrix24, connect: Connect, portal: Portal, applied: bool
) -> None:
    contact = EntityRef(EntityKind.CONTACT, str(portal.add("contact", made.CLIENT, NAME="x")))
    record = made.call()
    call = made.made(await crm.log_call(record, "1", (contact,), made.key()))
    key = f"crm/{record.call_id}/rate_call/2"
    portal.fault("cut", "crm.timeline.comment.add", applied=applied)
    lost = await crm.rate_call(call, 2, key)
    found = await connect().find_on(key, call)
    made.made(await connect().rate_call(call, 2, key))
    assert (lost.verdict, found is not None) == (Verdict.UNCLEAR, applied)
    assert comments(portal) == ["contact: The client rated the call: 2/5"]


async def test_of_a_call_on_no_client_it_stays_with_us_and_says_why(crm: Bitrix24) -> None:
    call = made.made(await crm.log_call(made.call(), "1", (), made.key()))
    outcome = await crm.rate_call(call, 2, made.key("rate_call"))
    assert (outcome.verdict, outcome.result, "no client" in outcome.detail) == (
        Verdict.ACCEPTED,
        None,
        True,
    )
