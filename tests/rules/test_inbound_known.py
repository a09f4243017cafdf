"""Scheme 2: a client calls whom the CRM knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.entities import Lead, Match
from bridge.rules.policy import DealChoice
from tests.rules.office import (
    POLICY,
    SALES,
    SERVICE,
    call,
    company,
    contact,
    deal,
    lead_match,
    lead_of,
    log_of,
    missed,
    open_lead,
    planned,
    words,
)


@pytest.mark.proves("S1-12", "S0-03")
@pytest.mark.parametrize(
    ("stores", "where"),
    [
        (contact("7", deal("9")), "contact 7, deal 9"),
        (company("5", deal("9")), "company 5, deal 9"),
        (open_lead("3"), "lead 3"),
    ],
)
def test_the_call_goes_to_the_entity_that_stores_the_number(
    stores: Match | Lead, where: str
) -> None:
    assert words(planned(call(), stores)) == [f"log_call on {where}", "attach_recording r1"]


@pytest.mark.proves("S1-13", "S1-14", "S1-30", "S0-39")
def test_an_open_deal_gets_the_call_with_its_recording_beside_the_contact() -> None:
    log, recording = planned(call(), contact("7", deal("9")))
    assert words([log, recording]) == ["log_call on contact 7, deal 9", "attach_recording r1"]


@pytest.mark.proves("S1-15")
@pytest.mark.parametrize("stores", [contact("7", deal("9")), company("5", deal("9"))])
def test_no_lead_is_made_beside_an_open_deal(stores: Match) -> None:
    assert "create_lead" not in words(planned(call(), stores))


@pytest.mark.proves("S1-16")
def test_without_an_open_deal_a_lead_is_made_with_the_contact_attached() -> None:
    commands = planned(call(), contact("7", company="5"))
    assert words(commands)[:2] == ["create_lead", "log_call on contact 7, the new lead"]
    assert (lead_of(commands).contact, lead_of(commands).company) == ("7", "5")


def test_a_deal_that_is_closed_meanwhile_takes_no_call() -> None:
    commands = planned(call(), contact("7", replace(deal("9"), closed=True)))
    assert words(commands)[:2] == ["create_lead", "log_call on contact 7, the new lead"]


def test_a_company_without_an_open_deal_is_attached_to_its_lead() -> None:
    lead = lead_of(planned(call(), company("5")))
    assert (lead.contact, lead.company) == (None, "5")


@pytest.mark.proves("S1-17", "S0-16")
def test_that_lead_is_flagged_as_a_repeat_request() -> None:
    assert lead_of(planned(call(), contact())).repeat


@pytest.mark.proves("S1-17", "S0-16")
def test_the_flag_may_be_a_field_of_the_crms_own_too() -> None:
    policy = POLICY.model_copy(update={"repeat_flag": "Повторное обращение"})
    again, first = (lead_of(planned(call(), *known, policy=policy)) for known in ([contact()], []))
    assert (again.fields, first.fields) == ({"Повторное обращение": "yes"}, {})


def test_a_first_lead_is_no_repeat_request() -> None:
    assert not lead_of(planned(call())).repeat


def test_a_client_known_only_by_a_closed_lead_makes_a_repeat_lead() -> None:
    commands = planned(call(), lead_match("3"))
    assert words(commands)[:2] == ["create_lead", "log_call on lead 3, the new lead"]
    assert lead_of(commands).repeat


def test_an_open_lead_takes_the_next_call_and_no_second_lead_is_made() -> None:
    assert words(planned(call(), lead_match("3"), open_lead("3")))[0] == "log_call on lead 3"


def test_a_contacts_open_repeat_lead_takes_the_next_call_too() -> None:
    commands = planned(call(), contact("7"), lead_match("3"), open_lead("3"))
    assert words(commands)[0] == "log_call on contact 7, lead 3"


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        (DealChoice.NEWEST, "contact 7, deal 12"),
        (DealChoice.OLDEST, "contact 7, deal 11"),
        (DealChoice.ALL, "contact 7, deal 12, deal 10, deal 11"),
    ],
)
def test_of_several_open_deals_the_policy_chooses(choice: DealChoice, where: str) -> None:
    deals = (deal("10", day=2), deal("11", day=1), deal("12", day=3))
    policy = POLICY.model_copy(update={"deals": choice})
    commands = planned(call(), contact("7", *deals), policy=policy)
    assert words(commands)[0] == f"log_call on {where}"


@pytest.mark.parametrize("did", [SALES, SERVICE])
def test_a_missed_known_client_belongs_to_the_owner_of_the_entity(did: str) -> None:
    commands = planned(missed(did=did), contact(owner="u102"))
    assert (lead_of(commands).owner, log_of(commands).user) == ("u102", "u102")


@pytest.mark.proves("S1-29")
@pytest.mark.parametrize("stores", [contact("7", deal("9")), company("5"), open_lead("3")])
def test_the_recording_follows_the_call_to_every_kind_of_entity(stores: Match | Lead) -> None:
    assert words(planned(call(), stores))[-1] == "attach_recording r1"
