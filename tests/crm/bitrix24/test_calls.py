"""One call in the portal for one call on the PBX, whatever is repeated, lost or restarted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.crm.bitrix24.handles import call_of
from bridge.crm.bitrix24.settings import CostSettings
from bridge.domain.causes import Cause
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Announced, LiveCall
from bridge.domain.record import CallRecord, Client, Direction, Disposition, MissedReason
from tests.crm.bitrix24.conftest import Connect
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import Finish

ANNA, BORIS = "1", "2"


def ringing(record: CallRecord, user: str | None = ANNA) -> LiveCall:
    return LiveCall(
        call_id=record.call_id,
        direction=record.direction,
        client=record.client,
        did=record.did,
        user=user,
        started_at=record.started_at,
    )


def log_key(record: CallRecord) -> str:
    return f"crm/{record.call_id}/log_call/call"


def end(portal: Portal) -> Finish:
    """How the one call of the portal was finished."""
    (call,) = portal.calls
    assert call.finish is not None
    return call.finish


@pytest.fixture
def contact(portal: Portal) -> EntityRef:
    return EntityRef(EntityKind.CONTACT, str(portal.add("contact", made.CLIENT, NAME="Иван")))


# Announce and log
async def test_a_call_is_registered_as_it_rings_and_its_card_opens_at_whom_it_names(
    crm: Bitrix24, portal: Portal
) -> None:
    await crm.announce(ringing(made.call()), made.key())
    (call,) = portal.calls
    shown = [("show", int(ANNA))]
    assert (call.phone, call.type, call.line, call.pops) == (made.CLIENT, 2, "74952000000", shown)


async def test_cards_open_and_close_at_each_agent_that_rings(crm: Bitrix24, portal: Portal) -> None:
    handle = made.made(await crm.announce(ringing(made.call()), made.key()))
    await crm.show(handle, (ANNA, BORIS))
    await crm.hide(handle, (BORIS,))
    assert portal.calls[0].cards == {1}


@pytest.mark.proves("S3-17")
async def test_the_finished_call_is_the_one_that_rang(crm: Bitrix24, portal: Portal) -> None:
    record = made.call()
    live = ringing(record)
    handle = made.made(await crm.announce(live, made.key()))
    announced = Announced(key=made.key(), call=live, handle=handle)
    logged = made.made(await crm.log_call(record, BORIS, (), made.key(), announced))
    assert (logged, end(portal).user) == (call_of(handle), int(BORIS))


@pytest.mark.proves("S1-06", "S1-12", "S2-40")
@pytest.mark.parametrize("again", [True, False], ids=["finish looks again", "finish does not"])
async def test_a_stranger_who_rang_is_shown_on_the_lead_that_the_call_made(
    connect: Connect, portal: Portal, again: bool
) -> None:
    """With one call in the list and no card left open, whatever `finish` does about the number,
    and whoever announced it."""
    portal.doubts.finish_looks_again = again
    record = made.call(made.STRANGER)
    live = ringing(record)
    before = connect()
    handle = made.made(await before.announce(live, made.key()))
    await before.show(handle, (BORIS,))
    lead = EntityRef(EntityKind.LEAD, str(portal.add("lead", made.STRANGER, TITLE="x")))
    announced = Announced(key=made.key(), call=live, handle=handle)
    for _ in range(2):
        crm = connect()
        logged = made.made(await crm.log_call(record, BORIS, (lead,), log_key(record), announced))
    (call,) = [one for one in portal.calls if one.finish]
    cards = {user for one in portal.calls for user in one.cards}
    assert (logged, call.entity, cards) == (call.call_id, ("lead", int(lead.id)), set())


@pytest.mark.parametrize("again", [True, False])
async def test_a_stranger_s_announcement_without_an_answer_ends_as_one_call(
    crm: Bitrix24, portal: Portal, again: bool
) -> None:
    portal.doubts.finish_looks_again = again
    record = made.call(made.STRANGER)
    live = ringing(record)
    portal.fault("cut", "telephony.externalCall.register", applied=True)
    await crm.announce(live, made.key())
    lead = EntityRef(EntityKind.LEAD, str(portal.add("lead", made.STRANGER, TITLE="x")))
    announced = Announced(key=made.key(), call=live, handle=None)
    made.made(await crm.log_call(record, ANNA, (lead,), log_key(record), announced))
    (call,) = [one for one in portal.calls if one.finish]
    cards = {user for one in portal.calls for user in one.cards}
    assert (call.entity, cards) == (("lead", int(lead.id)), set())


@pytest.mark.parametrize("minutes", [5, 45], ids=["while it is the same call", "much later"])
async def test_an_announcement_without_an_answer_is_made_again_with_the_same_words(
    crm: Bitrix24, portal: Portal, minutes: int
) -> None:
    record = made.call()
    live = ringing(record, BORIS)
    portal.fault("slow", "telephony.externalCall.register", applied=True)
    assert (await crm.announce(live, made.key())).verdict is Verdict.UNCLEAR
    portal.clock.move(minutes=minutes)
    announced = Announced(key=made.key(), call=live, handle=None)
    made.made(await crm.log_call(record, ANNA, (), made.key(), announced))
    assert len(portal.state.finished()) == 1


@pytest.mark.parametrize("rang", ["not announced", "card", "card without an answer"])
async def test_a_call_of_an_agent_who_left_the_portal_is_under_the_default_user(
    crm: Bitrix24, portal: Portal, contact: EntityRef, rang: str
) -> None:
    record = made.call()
    live = ringing(record, BORIS)
    handle = made.made(await crm.announce(live, made.key())) if rang == "card" else None
    announced = (
        None if rang == "not announced" else Announced(key=made.key(), call=live, handle=handle)
    )
    portal.state.users[int(BORIS)].active = False
    outcome = await crm.log_call(record, BORIS, (contact,), made.key(), announced)
    assert (len(portal.state.finished()), end(portal).user) == (1, int(ANNA))
    assert (outcome.notes, "user 2 is no more at work" in outcome.detail) == (("user_gone",), True)


async def test_a_click_s_own_call_is_finished_not_registered_again(
    crm: Bitrix24, portal: Portal, contact: EntityRef
) -> None:
    click = portal.click(portal.state.users[1], made.CLIENT)
    announced = Announced(key=made.key(), call=None, handle=click.call_id)
    record = replace(made.call(), direction=Direction.OUTBOUND)
    logged = made.made(await crm.log_call(record, ANNA, (contact,), made.key(), announced))
    assert (logged, len(portal.calls), end(portal).user) == (click.call_id, 1, 1)


async def test_what_the_portal_has_forgotten_is_registered_anew(
    crm: Bitrix24, portal: Portal
) -> None:
    portal.doubts.unfinished_for = 600
    record = made.call()
    live = ringing(record)
    handle = made.made(await crm.announce(live, made.key()))
    portal.clock.move(days=3)
    announced = Announced(key=made.key(), call=live, handle=handle)
    made.made(await crm.log_call(record, ANNA, (), made.key(), announced))
    assert [call.external_id for call in portal.state.finished()] == [record.call_id]


# Once
async def test_two_calls_of_one_pair_of_numbers_at_once_are_two_calls(
    crm: Bitrix24, portal: Portal
) -> None:
    records = [made.call(), made.call()]
    handles = [made.made(await crm.announce(ringing(each), made.key())) for each in records]
    for record, handle in zip(records, handles, strict=True):
        announced = Announced(key=made.key(), call=ringing(record), handle=handle)
        made.made(await crm.log_call(record, ANNA, (), made.key(), announced))
    assert (len(set(handles)), len(portal.state.finished())) == (2, 2)


@pytest.mark.parametrize("code", ["ERROR_CORE", ""], ids=["with a code", "with an empty code"])
@pytest.mark.parametrize("minutes", [1, 45])
async def test_a_second_finish_is_done_when_the_statistic_says_so(
    connect: Connect, portal: Portal, contact: EntityRef, code: str, minutes: int
) -> None:
    portal.doubts.finish_repeat_code = code
    record = made.call()
    live = ringing(record)
    first = connect()
    handle = made.made(await first.announce(live, made.key()))
    announced = Announced(key=made.key(), call=live, handle=handle)
    made.made(await first.log_call(record, ANNA, (), log_key(record), announced))
    portal.clock.move(minutes=minutes)
    again = await connect().log_call(record, ANNA, (contact,), log_key(record), announced)
    assert (again.result, len(portal.state.finished())) == (handle, 1)


@pytest.mark.proves("S3-19", "S1-30")
@pytest.mark.parametrize("kind", ["slow", "cut", "server_error"])
async def test_what_a_lost_answer_left_undone_is_completed_after_a_restart(
    connect: Connect, portal: Portal, contact: EntityRef, kind: str
) -> None:
    deal = EntityRef(EntityKind.DEAL, str(portal.add("deal", TITLE="x", CONTACT_ID=contact.id)))
    record = made.call()
    portal.fault(kind, "crm.activity.binding.add")
    first = await connect().log_call(record, ANNA, (contact, deal), log_key(record))
    after = connect()
    assert (first.verdict, await after.find(log_key(record))) == (Verdict.UNCLEAR, None)
    made.made(await after.log_call(record, ANNA, (contact, deal), log_key(record)))
    (activity,) = portal.state.activities.values()
    assert (set(activity["bindings"]), len(portal.state.finished())) == (
        {(3, int(contact.id)), (2, int(deal.id))},
        1,
    )


async def test_an_entity_that_is_gone_stops_the_call_before_it_is_written(
    crm: Bitrix24, portal: Portal
) -> None:
    gone = EntityRef(EntityKind.DEAL, "424242")
    outcome = await crm.log_call(made.call(), ANNA, (gone,), made.key())
    assert (outcome.verdict, portal.calls) == (Verdict.REFUSED, [])


async def test_an_agent_who_never_was_is_refused_not_replaced(
    crm: Bitrix24, portal: Portal
) -> None:
    outcome = await crm.log_call(made.call(), "424242", (), made.key())
    assert (outcome.verdict, "not active" in outcome.detail) == (Verdict.REFUSED, True)


async def test_a_call_costs_two_requests(crm: Bitrix24, portal: Portal, contact: EntityRef) -> None:
    await crm.users()
    before = len(portal.requests)
    await crm.log_call(made.call(), ANNA, (contact,), made.key())
    assert len(portal.requests) - before == 2


# What the portal is told
@pytest.mark.parametrize(
    ("facts", "code", "seconds"),
    [
        ({}, "200", 55),
        ({"disposition": Disposition.MISSED, "talk_seconds": None}, "304", 0),
        ({"disposition": Disposition.VOICEMAIL, "talk_seconds": 20.0}, "304", 0),
        ({"disposition": Disposition.BUSY}, "486", 0),
        ({"disposition": Disposition.NO_ANSWER}, "480", 0),
        ({"disposition": Disposition.NO_ANSWER, "cause": Cause.NORMAL}, "603-S", 0),
        ({"disposition": Disposition.NO_ANSWER, "cause": Cause.NO_ANSWER}, "480", 0),
        ({"disposition": Disposition.FAILED, "cause": Cause.UNALLOCATED}, "404", 0),
        ({"disposition": Disposition.FAILED, "cause": Cause.CONGESTION}, "503", 0),
        ({"disposition": Disposition.FAILED, "cause": Cause.REJECTED}, "603", 0),
        ({"disposition": Disposition.FAILED, "cause": 111}, "OTHER", 0),
        ({"disposition": None}, "OTHER", 0),
    ],
)
async def test_the_end_of_a_call_has_its_code_and_its_talk(
    crm: Bitrix24, portal: Portal, facts: dict[str, Any], code: str, seconds: int
) -> None:
    made.made(await crm.log_call(replace(made.call(), **facts), ANNA, (), made.key()))
    assert (end(portal).code, end(portal).duration) == (code, seconds)


@pytest.mark.proves("S0-21")
async def test_the_client_s_mark_and_why_nobody_answered_go_along(
    crm: Bitrix24, portal: Portal
) -> None:
    record = replace(
        made.call(),
        disposition=Disposition.MISSED,
        missed_reason=MissedReason.AFTER_HOURS,
        rating=2,
        labels=("did:+74952000000", "owner", "owner's deputy"),
    )
    made.made(await crm.log_call(record, ANNA, (), made.key()))
    assert (end(portal).vote, end(portal).reason) == (2, "after_hours, owner > owner's deputy")


@pytest.mark.parametrize(("direction", "cost"), [(Direction.OUTBOUND, 3.0), (Direction.INBOUND, 0)])
async def test_a_begun_outbound_minute_costs(
    connect: Connect, portal: Portal, direction: Direction, cost: float
) -> None:
    crm = connect(cost=CostSettings(per_minute=1.5))
    record = replace(made.call(), direction=direction, talk_seconds=61.0)
    made.made(await crm.log_call(record, ANNA, (), made.key()))
    assert end(portal).cost == cost


@pytest.mark.parametrize(("default", "user"), [(None, 1), ("2", 2)])
async def test_a_call_of_nobody_is_the_default_user_s(
    connect: Connect, portal: Portal, default: str | None, user: int
) -> None:
    made.made(await connect(default_user=default).log_call(made.call(), None, (), made.key()))
    assert end(portal).user == user


@pytest.mark.parametrize("raw", [None, "anonymous", "", "'; --", "101"])
async def test_a_caller_without_a_number_is_listed_too(
    crm: Bitrix24, portal: Portal, raw: str | None
) -> None:
    record = replace(made.call(), client=Client(raw=raw, withheld=True))
    made.made(await crm.log_call(record, ANNA, (), made.key()))
    assert portal.calls[0].phone in ("0000000", "101")
