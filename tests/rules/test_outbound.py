"""Schemes 3 and 4: an agent calls out."""

from __future__ import annotations

import pytest

from bridge.domain.entities import Lead, Match
from bridge.domain.record import CallRecord, Client, Direction, Disposition
from bridge.rules.policy import Policy, Unknown, UnknownCaller
from tests.rules.office import (
    call,
    company,
    contact,
    deal,
    lead_match,
    log_of,
    open_lead,
    planned,
    words,
)


def dialled(**facts: object) -> CallRecord:
    return call(Direction.OUTBOUND, **facts)


@pytest.mark.proves("S1-18", "S1-28", "S0-02")
def test_a_call_to_a_stranger_is_in_the_common_list_with_its_recording() -> None:
    assert words(planned(dialled())) == ["log_call", "attach_recording r1"]


@pytest.mark.proves("S1-19")
@pytest.mark.parametrize("disposition", list(Disposition))
def test_a_call_to_a_stranger_makes_no_entity(disposition: Disposition) -> None:
    assert "create_lead" not in words(planned(dialled(disposition=disposition)))


@pytest.mark.proves("S1-20")
@pytest.mark.parametrize(
    ("stores", "where"),
    [(contact("7"), "contact 7"), (company("5"), "company 5"), (lead_match("3"), "lead 3")],
)
def test_the_call_goes_to_the_entity_that_stores_the_number(stores: Match, where: str) -> None:
    assert words(planned(dialled(), stores)) == [f"log_call on {where}", "attach_recording r1"]


@pytest.mark.proves("S1-21", "S1-30")
def test_an_open_deal_takes_the_call_and_so_the_recording_too() -> None:
    commands = planned(dialled(), contact("7", deal("9")))
    assert words(commands) == ["log_call on contact 7, deal 9", "attach_recording r1"]


@pytest.mark.proves("S1-22")
@pytest.mark.parametrize("stores", [contact(), company(), lead_match(), open_lead()])
def test_a_call_to_a_known_client_makes_no_entity(stores: Match | Lead) -> None:
    assert "create_lead" not in words(planned(dialled(), stores))


def test_an_unanswered_call_belongs_to_the_agent_who_dialled() -> None:
    record = dialled(disposition=Disposition.NO_ANSWER, answered_by=(), responsible="102")
    assert log_of(planned(record)).user == "u102"


def test_the_policy_may_make_leads_of_strangers_who_were_called() -> None:
    policy = Policy(unknown=Unknown(outbound=UnknownCaller.CREATE))
    assert words(planned(dialled(), policy=policy))[0] == "create_lead"


@pytest.mark.parametrize("raw", ["*72", "8800", "916123456789012345", None])
def test_a_number_that_cannot_be_read_is_only_listed_even_so(raw: str | None) -> None:
    policy = Policy(unknown=Unknown(outbound=UnknownCaller.CREATE))
    record = dialled(client=Client(raw=raw))
    assert words(planned(record, policy=policy)) == ["log_call", "attach_recording r1"]
