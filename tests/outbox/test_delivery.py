"""From a finished call to its effects in the CRM, whatever the CRM answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bridge.domain.commands import Outcome, Verdict
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.domain.record import CallRecord, Client, Direction, Recording, RecordingState
from bridge.outbox.ports import LeaseLost
from bridge.outbox.retry import Parked
from bridge.outbox.states import EntryState
from tests.outbox.conftest import Desk
from tests.outbox.fake_crm import LOST, NEEDS_LOGIN, NEVER_CAME, REFUSED, TRY_LATER, Silence
from tests.rules.office import CLIENT, call, contact, deal, hidden, missed

SOON = timedelta(minutes=1)
LATER = timedelta(minutes=20)
OTHER = Client(number="+79260000000")


def second(**facts: Any) -> CallRecord:
    return call(call_id="pbx-2.2", **facts)


@pytest.mark.proves("S0-01", "S1-06", "S1-09")
async def test_a_stranger_becomes_a_lead_with_the_call_and_its_recording(desk: Desk) -> None:
    await desk.finish(call())
    await desk.deliver()
    assert desk.crm.places() == ["lead 1"]
    assert desk.crm.attached == [("2", "r1.wav")]
    assert await desk.states() == ["call done", "r1 done"]


async def test_the_call_is_logged_with_what_the_rules_assumed(desk: Desk) -> None:
    await desk.finish(call(responsible="999", oddities=("gap",)))
    await desk.deliver()
    ((record, user, _),) = desk.crm.calls.values()
    assert (user, record.oddities) == ("u-boss", ("gap", "unmapped_agent"))


async def test_an_agent_who_is_no_user_of_the_crm_is_counted_once(desk: Desk) -> None:
    desk.crm.answers.extend([None, TRY_LATER])
    await desk.finish(call(responsible="999"))
    await desk.deliver()
    await desk.deliver_in(LATER)
    assert desk.counted.times["rule_notes unmapped_agent"] == 1


async def test_what_a_connector_had_to_assume_is_counted_too(desk: Desk) -> None:
    logged = Outcome(verdict=Verdict.ACCEPTED, result="9", notes=("user_gone",))
    desk.crm.answers.extend([None, logged])
    await desk.finish(call())
    await desk.deliver()
    assert desk.counted.times["rule_notes user_gone"] == 1


@pytest.mark.proves("S0-14")
async def test_two_calls_of_one_stranger_at_once_make_one_lead_and_two_calls(desk: Desk) -> None:
    await desk.finish(call(), second(did="+74951112244"))
    await desk.deliver()
    assert desk.crm.places() == ["lead 1", "lead 1"]


async def test_they_make_one_lead_even_when_the_crms_search_lags_behind(desk: Desk) -> None:
    desk.crm.search_lags = True
    await desk.finish(call(), second())
    await desk.deliver()
    assert desk.crm.places() == ["lead 1", "lead 1"]


async def test_a_clients_second_call_waits_for_the_first_and_others_do_not(desk: Desk) -> None:
    desk.crm.answers.append(TRY_LATER)
    await desk.finish(call(), second(), call(call_id="pbx-3.3", client=OTHER))
    await desk.deliver()
    assert await desk.states() == [
        "call waiting",
        "r1 held_back",
        "call waiting",
        "r1 held_back",
        "call done",
        "r1 done",
    ]


async def test_hidden_numbers_do_not_wait_for_each_other(desk: Desk) -> None:
    desk.crm.answers.append(TRY_LATER)
    await desk.finish(hidden(recordings=()), replace(hidden(recordings=()), call_id="pbx-2.2"))
    await desk.deliver()
    assert await desk.states() == ["call waiting", "call done"]


async def test_a_parked_call_does_not_hold_back_the_clients_next_one(desk: Desk) -> None:
    desk.crm.answers.append(REFUSED)
    await desk.finish(call(), second())
    await desk.deliver()
    assert await desk.states() == ["call parked", "r1 held_back", "call done", "r1 done"]


async def test_a_refused_recording_does_not_hold_back_the_others(desk: Desk) -> None:
    files = tuple(
        Recording(id=id, file=f"{id}.wav", state=RecordingState.READY) for id in ("r1", "r2")
    )
    await desk.finish(missed(recordings=files))
    desk.crm.answers.extend([None, None, REFUSED])
    await desk.deliver()
    assert await desk.states() == ["call done", "r1 parked", "r2 done"]


async def test_a_recording_that_comes_later_is_attached_to_the_logged_call(desk: Desk) -> None:
    expected = Recording(id="r1", pbx_path="/r1.wav")
    ready = replace(expected, file="r1.wav", state=RecordingState.READY)
    await desk.finish(call(recordings=(expected,)))
    await desk.deliver()
    await desk.store.change_recording("pbx-1.1", ready, now=desk.clock.now())
    await desk.deliver()
    assert desk.crm.attached == [("2", "r1.wav")]
    assert desk.crm.doubled() == []


async def test_a_crm_may_get_an_address_in_place_of_the_file(desk: Desk) -> None:
    desk.destination.link = lambda call, id, now, kind: (
        f"https://a.example/{call}/{id}{kind}?{now:%H%M}"
    )
    await desk.finish(call())
    await desk.deliver_in(timedelta(hours=1))
    assert desk.crm.attached == [("2", f"https://a.example/pbx-1.1/r1.wav?{desk.clock.now():%H%M}")]


async def test_a_delivered_recording_is_marked_so_and_stays_so(desk: Desk) -> None:
    await desk.finish(call())
    await desk.deliver()
    await desk.finish(call(revision=2, rating=5))
    record = await desk.store.call("pbx-1.1")
    assert record is not None
    assert (record.rating, record.recordings[0].state) == (5, RecordingState.DELIVERED)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("answer", [TRY_LATER, LOST, NEVER_CAME, NEEDS_LOGIN])
async def test_whatever_happens_at_whichever_write_each_effect_is_there_once(
    desk: Desk, answer: Outcome | Silence, place: int
) -> None:
    desk.crm.answers.extend([None] * place + [answer])
    await desk.finish(call())
    await desk.deliver()
    await desk.deliver_in(LATER)
    assert (desk.crm.doubled(), len(desk.crm.effects)) == ([], 3)
    assert await desk.states() == ["call done", "r1 done"]


@pytest.mark.parametrize(
    "answers", list(product([TRY_LATER, LOST, NEVER_CAME], repeat=3)), ids=lambda _: ""
)
async def test_trouble_upon_trouble_still_makes_each_effect_once(
    desk: Desk, answers: tuple[Outcome | Silence, ...]
) -> None:
    desk.crm.answers.extend(answers)
    await desk.finish(call())
    for _ in range(6):
        await desk.deliver_in(LATER)
    assert (desk.crm.doubled(), len(desk.crm.effects)) == ([], 3)


async def test_before_a_repeat_the_crm_is_asked_what_became_of_the_write(desk: Desk) -> None:
    desk.crm.answers.append(LOST)
    await desk.finish(call())
    await desk.deliver()
    desk.crm.asked.clear()
    await desk.deliver_in(SOON)
    assert desk.crm.asked[:2] == [
        "find crm/pbx-1.1/create_lead/lead",
        "crm/pbx-1.1/log_call/call",
    ]


async def test_what_a_worker_sent_before_it_was_killed_gets_a_moment_to_arrive(
    desk: Desk,
) -> None:
    """Asked at once, the CRM would say that it has nothing, and get the write twice."""
    find = "find crm/pbx-1.1/create_lead/lead"
    desk.crm.gate = asyncio.Event()
    await desk.finish(call(recordings=()))
    (work,) = await desk.lease()
    killed = asyncio.ensure_future(desk.carrier.carry(work))
    await desk.crm.at_the_gate.acquire()
    killed.cancel()
    await asyncio.wait([killed])
    desk.crm.gate = None
    await desk.deliver()
    at_once = find in desk.crm.asked
    await desk.deliver_in(SOON)
    assert (at_once, find in desk.crm.asked) == (False, True)


async def test_a_crm_that_cannot_tell_what_became_of_it_parks_the_entry(desk: Desk) -> None:
    desk.crm.can_find = False
    desk.crm.answers.append(LOST)
    await desk.finish(call())
    await desk.deliver()
    await desk.deliver_in(LATER)
    (parked,) = await desk.store.deliveries((EntryState.PARKED,))
    assert (parked.reason, desk.crm.doubled()) == (Parked.CANNOT_TELL, [])


async def test_while_no_write_took_effect_the_decision_stays_open(desk: Desk) -> None:
    """The CRM was away for a day, and a colleague has entered the client by hand meanwhile."""
    desk.crm.answers.append(TRY_LATER)
    await desk.finish(call())
    await desk.deliver()
    desk.crm.matches = [contact("7", deal("9"))]
    await desk.deliver_in(timedelta(days=1))
    assert (desk.crm.places(), desk.crm.leads) == (["contact 7, deal 9"], {})


async def test_once_a_write_took_effect_the_plan_stands(desk: Desk) -> None:
    desk.crm.answers.extend([None, TRY_LATER])
    await desk.finish(call())
    await desk.deliver()
    desk.crm.matches = [contact("7", deal("9"))]
    await desk.deliver_in(LATER)
    assert desk.crm.places() == ["lead 1"]


async def test_the_crm_is_left_alone_for_as_long_as_it_asked(desk: Desk) -> None:
    desk.crm.answers.append(Outcome(verdict=Verdict.TRY_LATER, retry_after=3600))
    await desk.finish(call())
    await desk.deliver()
    await desk.deliver_in(timedelta(minutes=59))
    assert desk.crm.calls == {}
    await desk.deliver_in(timedelta(minutes=2))
    assert len(desk.crm.calls) == 1


@pytest.mark.proves("S4-12", "S4-39", "S4-40")
async def test_a_crm_that_is_away_for_a_weekend_gets_everything_in_the_end(desk: Desk) -> None:
    await desk.finish(call())
    for _ in range(70):
        desk.crm.reads.append(CrmUnavailable("502"))
        await desk.deliver_in(timedelta(hours=1))
    await desk.deliver_in(timedelta(hours=1))
    assert await desk.states() == ["call done", "r1 done"]


async def test_after_three_days_of_nothing_a_person_is_asked(desk: Desk) -> None:
    await desk.finish(call(recordings=()))
    for _ in range(5):
        desk.crm.reads.append(CrmUnavailable("502"))
        await desk.deliver_in(timedelta(days=1))
    (parked,) = await desk.store.deliveries()
    assert (parked.state, parked.reason) == (EntryState.PARKED, Parked.GAVE_UP)


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (CrmUnavailable("502"), "waiting"),
        (CrmNeedsLogin("401"), "waiting"),
        (TimeoutError(), "waiting"),
        (KeyError("a bug of the connector"), "waiting"),
        (CrmRefused("403"), "parked"),
    ],
)
async def test_a_lookup_that_fails_writes_nothing(
    desk: Desk, failure: Exception, state: str
) -> None:
    desk.crm.reads.append(failure)
    await desk.finish(call(recordings=()))
    await desk.deliver()
    assert (await desk.states(), desk.crm.effects.total()) == ([f"call {state}"], 0)


async def test_a_dead_login_holds_the_whole_destination_until_it_is_tried_again(
    desk: Desk,
) -> None:
    desk.crm.reads.append(CrmNeedsLogin("401"))
    await desk.finish(call(recordings=()))
    await desk.deliver()
    await desk.finish(call(call_id="pbx-3.3", client=OTHER, recordings=()))
    await desk.deliver()
    assert [held.detail for held in await desk.store.held()] == ["401"]
    assert await desk.states() == ["call waiting", "call waiting"]


@pytest.mark.proves("S4-13")
async def test_every_attempt_is_kept_with_what_came_of_it(desk: Desk) -> None:
    desk.crm.reads.append(CrmUnavailable("502"))
    desk.crm.answers.append(LOST)
    await desk.finish(call(recordings=()))
    for _ in range(4):
        await desk.deliver_in(LATER)
    shown = await desk.store.delivery(1)
    assert shown is not None
    assert [(attempt.asked.split("/")[-1], attempt.verdict) for attempt in shown.attempts] == [
        ("lookup", "try_later"),
        ("lead", "unclear"),
        ("lead", "found"),
        ("call", "accepted"),
    ]


@pytest.mark.proves("S1-24")
async def test_an_internal_call_never_reaches_the_crm(desk: Desk) -> None:
    await desk.finish(call(Direction.INTERNAL, client=Client(raw="101")))
    await desk.deliver()
    assert desk.crm.asked == []


@pytest.mark.parametrize("number", [CLIENT, None])
async def test_an_entry_of_a_dead_worker_is_taken_over_after_its_lease(
    desk: Desk, number: str | None
) -> None:
    await desk.finish(call(recordings=(), client=Client(number=number)))
    await desk.lease("another worker")
    await desk.deliver()
    assert await desk.states() == ["call working"]
    await desk.deliver_in(LATER)
    assert await desk.states() == ["call done"]


async def test_a_worker_that_lost_its_lease_writes_nothing_more(desk: Desk) -> None:
    await desk.finish(call(recordings=()))
    (work,) = await desk.lease()
    await desk.store.reclaim("crm", "desk", carrying=(), now=desk.clock.now())
    with pytest.raises(LeaseLost):
        await desk.carrier.carry(work)
    assert desk.crm.effects.total() == 0


async def test_a_recording_without_a_file_is_parked_and_says_so(desk: Desk) -> None:
    await desk.finish(call(recordings=(Recording(id="r1", state=RecordingState.READY),)))
    await desk.deliver()
    (parked,) = await desk.store.deliveries((EntryState.PARKED,))
    assert "the file of recording r1 is not known" in parked.detail


async def test_an_accepted_write_that_names_no_id_parks_what_needs_it(desk: Desk) -> None:
    desk.crm.answers.append(Outcome(verdict=Verdict.ACCEPTED))
    await desk.finish(call())
    await desk.deliver()
    (parked,) = await desk.store.deliveries((EntryState.PARKED,))
    assert parked.reason is Parked.NO_RESULT
