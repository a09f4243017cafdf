"""The path of an answered call: a comment in its client's timeline, once, for no request more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Announced
from bridge.domain.record import CallRecord, Client, Disposition, MissedReason
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.test_calls import ANNA, BORIS, log_key, ringing
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal

WORDS = "Path of the call: owner > owner's deputy"
COMMENT = "crm.timeline.comment.add"


def routed(**facts: Any) -> CallRecord:
    labels = ("did:+74952000000", "owner", "owner's deputy")
    return replace(made.call(), **{"labels": labels, **facts})


def said(portal: Portal) -> list[str]:
    """The comments of the portal, without their marks."""
    rows = portal.state.comments.values()
    return [f"{row['ENTITY_TYPE']}: {row['COMMENT'].partition(' #')[0]}" for row in rows]


@pytest.fixture
def contact(portal: Portal) -> EntityRef:
    return EntityRef(EntityKind.CONTACT, str(portal.add("contact", made.CLIENT, NAME="Иван")))


@pytest.fixture
def deal(portal: Portal, contact: EntityRef) -> EntityRef:
    return EntityRef(EntityKind.DEAL, str(portal.add("deal", TITLE="x", CONTACT_ID=contact.id)))


@pytest.mark.proves("S0-21")
@pytest.mark.parametrize("rang", [False, True], ids=["not announced", "announced"])
async def test_it_stands_with_the_client_and_the_call_on_the_deal_for_no_request_more(
    crm: Bitrix24, portal: Portal, contact: EntityRef, deal: EntityRef, rang: bool
) -> None:
    record, announced = routed(), None
    if rang:
        handle = made.made(await crm.announce(ringing(record), made.key()))
        announced = Announced(key=made.key(), call=ringing(record), handle=handle)
    await crm.users()
    before = len(portal.requests)
    made.made(await crm.log_call(record, ANNA, (contact, deal), log_key(record), announced))
    (activity,) = portal.state.activities.values()
    assert (said(portal), len(portal.requests) - before, set(activity["bindings"])) == (
        [f"contact: {WORDS}"],
        2,
        {(3, int(contact.id)), (2, int(deal.id))},
    )


@pytest.mark.parametrize("method", ["telephony.externalCall.finish", COMMENT, "batch"])
@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_answer_and_a_restart_leave_one(
    connect: Connect,
    portal: Portal,
    contact: EntityRef,
    deal: EntityRef,
    method: str,
    applied: bool,
) -> None:
    record = routed()
    await connect().users()
    portal.fault("cut", method, applied=applied)
    for _ in range(3):
        await connect().log_call(record, ANNA, (contact, deal), log_key(record))
    (activity,) = portal.state.activities.values()
    assert (said(portal), set(activity["bindings"])) == (
        [f"contact: {WORDS}"],
        {(3, int(contact.id)), (2, int(deal.id))},
    )


async def test_an_agent_who_has_left_the_portal_makes_no_second_one(
    crm: Bitrix24, portal: Portal, contact: EntityRef
) -> None:
    portal.state.users[int(BORIS)].active = False
    outcome = await crm.log_call(routed(), BORIS, (contact,), made.key())
    assert (outcome.notes, said(portal)) == (("user_gone",), [f"contact: {WORDS}"])


async def test_a_portal_that_refuses_it_has_the_call_on_all_its_entities(
    crm: Bitrix24, portal: Portal, contact: EntityRef, deal: EntityRef
) -> None:
    portal.fault("denied", COMMENT, times=None)
    outcome = await crm.log_call(routed(), ANNA, (contact, deal), made.key())
    (activity,) = portal.state.activities.values()
    assert (outcome.verdict, outcome.notes, len(activity["bindings"])) == (
        Verdict.ACCEPTED,
        ("path_untold",),
        2,
    )
    assert "give the user who authorised more rights" in outcome.detail


@pytest.mark.parametrize(
    "facts",
    [
        {"labels": ("did:+74952000000", "queue:sales")},
        {"disposition": Disposition.MISSED, "missed_reason": MissedReason.ABANDONED},
        {"client": Client(raw="anonymous", withheld=True), "on": ()},
    ],
    ids=["no path", "missed: it stands behind why", "on no client"],
)
async def test_where_there_is_no_need_or_no_place_nothing_is_said(
    crm: Bitrix24, portal: Portal, contact: EntityRef, facts: dict[str, Any]
) -> None:
    on = facts.pop("on", (contact,))
    made.made(await crm.log_call(routed(**facts), ANNA, on, made.key()))
    assert said(portal) == []


async def test_who_wants_none_has_none(
    connect: Connect, portal: Portal, contact: EntityRef
) -> None:
    made.made(await connect(path=None).log_call(routed(), ANNA, (contact,), made.key()))
    assert said(portal) == []
