"""Cards of ringing calls, clicks in the widget, and what the account lacks."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bridge.crm.amocrm import AmoCrm
from bridge.crm.amocrm.probe import CAPABILITIES
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.commands import Verdict
from bridge.domain.ports import Capability, CrmNeedsLogin, HookRefused, LiveCall
from bridge.domain.record import Client, Direction
from tests.crm.amocrm.conftest import Connect
from tests.crm.amocrm.harness import CLICK_TOKEN
from tests.crm.contract import made
from tests.portals.amocrm import Portal

RINGING = LiveCall(
    call_id="pbx-1.1",
    direction=Direction.INBOUND,
    client=Client(number=made.CLIENT),
    did=made.DID,
    user=None,
)
ALLOWED = {"Authorization": f"Bearer {CLICK_TOKEN}"}


# Cards
@pytest.mark.proves("S2-39")
async def test_a_card_opens_at_whoever_is_rung_and_at_nobody_else(
    crm: AmoCrm, portal: Portal
) -> None:
    anna, boris = portal.state.users
    handle = made.made(await crm.announce(replace(RINGING, user=str(anna)), made.key()))
    made.made(await crm.show(handle, (str(boris),)))
    assert [(pop.phone, pop.users) for pop in portal.pops] == [
        (made.CLIENT, (anna,)),
        (made.CLIENT, (boris,)),
    ]


async def test_a_call_that_rings_at_nobody_known_opens_no_card_at_everybody(
    crm: AmoCrm, portal: Portal
) -> None:
    handle = made.made(await crm.announce(RINGING, made.key()))
    made.made(await crm.show(handle, ()))
    assert portal.pops == []


@pytest.mark.proves("S2-39")
async def test_a_card_is_shown_after_a_restart(connect: Connect, portal: Portal) -> None:
    handle = made.made(await connect().announce(RINGING, made.key()))
    made.made(await connect().show(handle, (str(portal.user),)))
    assert portal.pops[0].phone == made.CLIENT


async def test_a_card_without_an_answer_is_not_opened_again(crm: AmoCrm, portal: Portal) -> None:
    portal.fault("cut", "POST api/v2/events", applied=True)
    outcome = await crm.announce(replace(RINGING, user=str(portal.user)), made.key())
    assert (outcome.verdict, len(portal.pops)) == (Verdict.UNCLEAR, 1)


async def test_a_call_without_a_number_has_no_card(crm: AmoCrm) -> None:
    outcome = await crm.announce(replace(RINGING, client=Client(withheld=True)), made.key())
    assert outcome.verdict is Verdict.REFUSED


# Clicks
def click(portal: Portal, **others: object) -> bytes:
    return json.dumps({"user": portal.user, "number": "8 (916) 123-45-67", **others}).encode()


@pytest.mark.proves("S1-25", "S1-26")
async def test_a_click_names_who_clicked_and_whom(crm: AmoCrm, portal: Portal) -> None:
    (request,) = await crm.hooked(ALLOWED, click(portal, id="c1"))
    assert (request.id, request.user, request.number, request.asked_at.timestamp()) == (
        "c1",
        str(portal.user),
        "8 (916) 123-45-67",
        portal.clock(),
    )


async def test_a_second_click_within_seconds_is_the_same_one(crm: AmoCrm, portal: Portal) -> None:
    asked = [await crm.hooked(ALLOWED, click(portal)) for _ in range(2)]
    portal.clock.move(6)
    asked.append(await crm.hooked(ALLOWED, click(portal)))
    assert [len(each) for each in asked] == [1, 0, 1]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, {}),
        ({"Authorization": "Bearer x"}, {}),
        (ALLOWED, {"user": "anna"}),
        (ALLOWED, {"user": None}),
        (ALLOWED, {"number": ""}),
        (ALLOWED, {"number": "9" * 100}),
        (ALLOWED, {"id": "x" * 100}),
    ],
)
async def test_what_no_widget_of_ours_would_post_is_refused(
    crm: AmoCrm, portal: Portal, headers: dict[str, str], body: dict[str, object]
) -> None:
    with pytest.raises(HookRefused):
        await crm.hooked(headers, click(portal, **body))


async def test_without_a_token_no_click_is_believed(connect: Connect, portal: Portal) -> None:
    with pytest.raises(HookRefused, match=r"click\.token is not set"):
        await connect(click={}).hooked(ALLOWED, click(portal))


async def test_who_clicked_is_told_why_nobody_was_called(crm: AmoCrm, portal: Portal) -> None:
    (request,) = await crm.hooked(ALLOWED, click(portal))
    made.made(await crm.unfulfilled(request, Unfulfilled.NO_EXTENSION))
    (task,) = portal.state.tasks.values()
    assert (task["responsible_user_id"], "`extensions`" in task["text"], task["complete_till"]) == (
        portal.user,
        True,
        portal.clock(),
    )


# What is missing
async def test_an_account_in_order_misses_nothing(crm: AmoCrm) -> None:
    found = await crm.probe()
    assert (found.capabilities, found.missing) == (CAPABILITIES, {})


@pytest.mark.proves("S1-31")
async def test_what_the_settings_and_the_account_lack_is_named(
    connect: Connect, portal: Portal
) -> None:
    portal.state.filters = portal.state.unsorted_on = False
    portal.add_user("Вера")
    crm = connect(fields={"lead": {"did": 1}}, lead={"way": "unsorted"}, click={})
    found = await crm.probe()
    assert list(found.missing) == [
        "filters of lists",
        "unsorted",
        "fields.contact.key, fields.company.key, fields.lead.key",
        "fields.lead.did (1)",
        "extensions of Вера",
    ]
    assert CAPABILITIES - found.capabilities == {
        Capability.INDEX,
        Capability.CLICK,
        Capability.FIND,
    }


async def test_who_may_not_see_the_users_is_told_so(crm: AmoCrm, portal: Portal) -> None:
    portal.state.users[portal.user]["rights"]["is_admin"] = False
    assert "more rights" in (await crm.probe()).missing["users"]


async def test_a_dead_token_is_no_finding_but_a_failure(crm: AmoCrm, portal: Portal) -> None:
    portal.auth.revoke()
    with pytest.raises(CrmNeedsLogin):
        await crm.probe()


async def test_a_token_of_no_charset_is_refused(crm: AmoCrm, portal: Portal) -> None:
    with pytest.raises(HookRefused):
        await crm.hooked({"Authorization": "Bearer \udcff"}, click(portal))


@pytest.mark.timeout(10)
@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff\xfe"], ids=["endless lists", "no text"])
async def test_a_body_that_is_nothing_asks_for_nothing(crm: AmoCrm, body: bytes) -> None:
    assert await crm.hooked(ALLOWED, body) == ()
