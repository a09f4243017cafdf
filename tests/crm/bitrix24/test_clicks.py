"""Calls asked for in the portal: by its events at our address, and out of its queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.crm.bitrix24 import Bitrix24
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.commands import Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import CrmNeedsLogin, HookRefused
from bridge.domain.record import Direction
from tests.crm.bitrix24.clicking import LINE, Address, click, posted
from tests.crm.bitrix24.conftest import Connect
from tests.crm.bitrix24.test_client import kept
from tests.crm.contract import made
from tests.portals.bitrix24.portal import Portal


# Both ways
@pytest.mark.proves("S1-25", "S1-26", "S0-24")
async def test_a_click_names_who_clicked_and_the_call_that_is_registered(
    polled: AsyncIterator[CallRequest], portal: Portal
) -> None:
    contact = portal.add("contact", made.CLIENT, NAME="x")
    call = click(portal, 2, contact=contact)
    request = await asyncio.wait_for(anext(polled), 5)
    assert (request.kind, request.user, request.number, request.line, request.handle) == (
        RequestKind.CLICK,
        "2",
        made.CLIENT,
        LINE,
        call.call_id,
    )
    assert request.entity == EntityRef(EntityKind.CONTACT, str(contact))


async def test_a_click_comes_to_our_address_too(
    address: tuple[Address, str], portal: Portal
) -> None:
    handler, url = address
    portal.sender.post(url, "ONEXTERNALCALLSTART", {"PHONE_NUMBER": made.CLIENT, "USER_ID": "2"})
    (request,) = await handler.next()
    assert (request.kind, request.number, request.user) == (RequestKind.CLICK, made.CLIENT, "2")


async def test_the_same_click_by_both_ways_has_one_id_and_is_called_once(
    believing: Bitrix24, portal: Portal
) -> None:
    data = {"PHONE_NUMBER": made.CLIENT, "USER_ID": "2", "CALL_ID": "externalCall.1"}
    body = posted(portal, "ONEXTERNALCALLSTART", data)
    first = await believing.hooked({}, body)
    assert (first[0].id, await believing.hooked({}, body)) == ("externalCall.1", ())


async def test_a_callback_form_names_nobody(
    polled: AsyncIterator[CallRequest], portal: Portal
) -> None:
    lead = portal.add("lead", made.STRANGER, TITLE="x")
    portal.ask_for_callback(made.STRANGER, "call me", LINE, lead)
    request = await asyncio.wait_for(anext(polled), 5)
    assert (request.kind, request.user, request.handle, request.entity) == (
        RequestKind.CALLBACK,
        None,
        None,
        EntityRef(EntityKind.LEAD, str(lead)),
    )


@pytest.mark.parametrize(("minutes", "type"), [(5, 4), (90, 1)])
async def test_the_call_that_answers_a_form_is_registered_as_that(
    believing: Bitrix24, portal: Portal, minutes: int, type: int
) -> None:
    data = {"PHONE_NUMBER": "8 916 123-45-67", "TEXT": "call me"}
    (form,) = await believing.hooked({}, posted(portal, "ONEXTERNALCALLBACKSTART", data))
    believing.answering(form)
    portal.clock.move(minutes=minutes)
    call = replace(made.call(), direction=Direction.OUTBOUND)
    made.made(await believing.log_call(call, "2", (), made.key()))
    assert portal.calls[0].type == type


async def test_a_form_that_comes_later_by_the_other_way_is_called_once(
    believing: Bitrix24, portal: Portal
) -> None:
    filled_in = int(portal.clock())
    data = {"PHONE_NUMBER": made.STRANGER, "TEXT": "call me"}
    came = []
    for stamp in (filled_in, filled_in + 1):
        body = posted(portal, "ONEXTERNALCALLBACKSTART", data, ts=str(stamp))
        came.append(len(await believing.hooked({}, body)))
        portal.clock.move(9)
    assert came == [1, 0]


# Whom we believe
@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ({"application_token": "guessed"}, "application_token"),
        ({"application_token": ""}, "application_token"),
        ({"member_id": "another"}, "member_id"),
    ],
)
async def test_what_the_portal_did_not_send_is_refused(
    believing: Bitrix24, portal: Portal, forged: dict[str, str], told: str
) -> None:
    body = posted(portal, "ONEXTERNALCALLSTART", {"PHONE_NUMBER": made.CLIENT}, **forged)
    with pytest.raises(HookRefused, match=told):
        await believing.hooked({}, body)


async def test_without_a_token_of_our_own_nothing_is_believed(
    crm: Bitrix24, portal: Portal
) -> None:
    with pytest.raises(HookRefused, match="application_token is not set"):
        await crm.hooked({}, posted(portal, "ONEXTERNALCALLSTART", {}, application_token=""))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff&=&[",
        b"auth=1&auth[application_token]=2",
        b"auth[" + b"[x]" * 500 + b"=1",
        b"&".join(b"a[%d]=1" % n for n in range(5000)),
        "event=ONEXTERNALCALLSTART&data[PHONE_NUMBER]=ё".encode("cp1251"),
    ],
)
async def test_rubbish_is_refused_and_breaks_nothing(believing: Bitrix24, body: bytes) -> None:
    with pytest.raises(HookRefused):
        await believing.hooked({}, body)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"PHONE_NUMBER": ""},
        {"USER_ID": "2"},
    ],
)
async def test_an_event_without_a_number_asks_for_nothing(
    believing: Bitrix24, portal: Portal, data: dict[str, str]
) -> None:
    assert await believing.hooked({}, posted(portal, "ONEXTERNALCALLSTART", data)) == ()


async def test_an_event_of_another_kind_asks_for_nothing(
    believing: Bitrix24, portal: Portal
) -> None:
    assert await believing.hooked({}, posted(portal, "ONCRMLEADADD", {"FIELDS": "1"})) == ()


async def test_a_time_stamp_that_cannot_be_read_is_now(believing: Bitrix24, portal: Portal) -> None:
    body = posted(portal, "ONEXTERNALCALLSTART", {"PHONE_NUMBER": made.CLIENT}, ts="9" * 40)
    (request,) = await believing.hooked({}, body)
    assert request.asked_at.timestamp() == portal.clock()


@pytest.mark.parametrize("stamp", ["-62135596800", "253402300799"])
async def test_a_time_stamp_at_the_end_of_time_breaks_nothing(
    believing: Bitrix24, portal: Portal, stamp: str
) -> None:
    hour = 3600  # and a portal whose clock runs before ours
    crm = Bitrix24(believing.settings, lambda: portal.clock() - hour)
    await crm.users()
    data = {"PHONE_NUMBER": made.CLIENT, "TEXT": "call me"}
    (request,) = await crm.hooked({}, posted(portal, "ONEXTERNALCALLBACKSTART", data, ts=stamp))
    await crm.close()
    assert request.asked_at.timestamp() <= portal.clock() - hour


# Installation
async def test_an_installation_brings_the_tokens(
    connect: Connect, portal: Portal, tmp_path: Path
) -> None:
    crm = connect(refresh_token=None)
    assert await crm.hooked({}, posted(portal, "ONAPPINSTALL", {})) == ()
    assert (len(await crm.users()), kept(tmp_path)["application_token"]) == (
        2,
        portal.auth.application_token,
    )


async def test_an_installation_of_another_application_is_refused(
    connect: Connect, portal: Portal, tmp_path: Path
) -> None:
    crm = connect(refresh_token=None)
    with pytest.raises(HookRefused, match="another application"):
        await crm.hooked({}, posted(portal, "ONAPPINSTALL", {}, refresh_token="stolen"))


@pytest.mark.parametrize(("user", "alive"), [(1, True), (2, False)])
async def test_an_event_brings_a_dead_login_to_life_if_it_is_of_the_same_user(
    believing: Bitrix24, portal: Portal, user: int, alive: bool
) -> None:
    await believing.users()
    portal.auth.revoke()
    with pytest.raises(CrmNeedsLogin):
        await believing.users()
    data = {"PHONE_NUMBER": made.CLIENT, "USER_ID": "2"}
    event = posted(portal, "ONEXTERNALCALLSTART", data, **portal.auth.block(user))
    assert len(await believing.hooked({}, event)) == 1
    if alive:
        assert len(await believing.users()) == 2
    else:
        with pytest.raises(CrmNeedsLogin):
            await believing.users()


# The result goes back
@pytest.mark.parametrize(
    ("why", "code"),
    [
        (Unfulfilled.AGENT_NO_ANSWER, "480"),
        (Unfulfilled.AGENT_BUSY, "486"),
        (Unfulfilled.AGENT_DECLINED, "603"),
        (Unfulfilled.AGENT_UNAVAILABLE, "480"),
        (Unfulfilled.NO_EXTENSION, "403"),
        (Unfulfilled.BAD_NUMBER, "404"),
        (Unfulfilled.TOO_LATE, "603-S"),
        (Unfulfilled.PBX_AWAY, "503"),
    ],
)
async def test_who_clicked_is_told_why_nobody_was_called(
    believing: Bitrix24, portal: Portal, why: Unfulfilled, code: str
) -> None:
    call = click(portal)
    data = {"PHONE_NUMBER": made.CLIENT, "USER_ID": "2", "CALL_ID": call.call_id}
    (request,) = await believing.hooked({}, posted(portal, "ONEXTERNALCALLSTART", data))
    outcomes = [await believing.unfulfilled(request, why) for _ in range(2)]
    assert call.finish is not None
    (notice,) = portal.state.notices.values()
    assert (call.finish.code, notice["USER_ID"], {each.verdict for each in outcomes}) == (
        code,
        2,
        {Verdict.ACCEPTED},
    )


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (Unfulfilled.TOO_LATE, "too late."),
        (Unfulfilled.AGENT_BUSY, "nobody here took the call up."),
    ],
)
async def test_of_a_form_that_came_to_nothing_the_owner_of_nobodys_calls_is_told(
    believing: Bitrix24, portal: Portal, why: Unfulfilled, words: str
) -> None:
    data = {"PHONE_NUMBER": made.STRANGER, "TEXT": "call me"}
    (request,) = await believing.hooked({}, posted(portal, "ONEXTERNALCALLBACKSTART", data))
    await believing.unfulfilled(request, why)
    (notice,) = portal.state.notices.values()
    assert notice["USER_ID"] == 1
    assert str(notice["MESSAGE"]).endswith(words)
