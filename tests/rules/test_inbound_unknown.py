"""Scheme 1: a stranger calls."""

from __future__ import annotations

import pytest

from bridge.domain.commands import AttachRecording, ResultOf
from bridge.domain.record import Client, Disposition
from bridge.rules.policy import HiddenNumber, Policy, Unknown, UnknownCaller
from tests.rules.office import (
    CLIENT,
    POLICY,
    SALES,
    SERVICE,
    call,
    hidden,
    lead_of,
    log_of,
    missed,
    planned,
    words,
)

NEW_LEAD = ["create_lead", "log_call on the new lead", "attach_recording r1"]


@pytest.mark.proves("S1-06", "S0-13")
@pytest.mark.parametrize("did", [SALES, SERVICE])
def test_a_stranger_becomes_a_lead_whichever_number_was_dialled(did: str) -> None:
    assert words(planned(call(did=did))) == NEW_LEAD


@pytest.mark.proves("S1-07")
def test_the_lead_carries_the_callers_number() -> None:
    assert lead_of(planned(call())).phone == CLIENT


@pytest.mark.proves("S1-08", "S0-40")
@pytest.mark.parametrize("did", [SALES, SERVICE])
def test_the_lead_carries_the_company_number_that_was_called(did: str) -> None:
    assert lead_of(planned(call(did=did))).did == did


@pytest.mark.proves("S1-08")
def test_the_lead_has_the_pipeline_stage_and_fields_set_for_that_number() -> None:
    sales, service = (lead_of(planned(call(did=did))) for did in (SALES, SERVICE))
    assert (sales.pipeline, sales.stage, sales.fields) == ("p1", None, {})
    assert (service.pipeline, service.stage, service.fields) == (None, "new", {"Отдел": "Сервис"})


def test_the_lead_has_no_field_that_the_policy_does_not_name() -> None:
    client = Client(number=CLIENT, name="Иван")
    assert lead_of(planned(call(client=client, labels=("vip",), language="ru"))).fields == {}


@pytest.mark.proves("S1-09")
def test_the_leads_call_gets_the_recording() -> None:
    lead, log, recording = planned(call())
    assert recording.command == AttachRecording(call=ResultOf(log.key), recording="r1")
    assert words([lead, log]) == NEW_LEAD[:2]


@pytest.mark.proves("S1-04")
def test_the_leads_owner_is_the_agent_who_talked() -> None:
    commands = planned(call(responsible="102"))
    assert (lead_of(commands).owner, log_of(commands).user) == ("u102", "u102")


@pytest.mark.parametrize("disposition", [Disposition.MISSED, Disposition.VOICEMAIL])
def test_an_unanswered_stranger_becomes_a_lead_of_the_numbers_default_owner(
    disposition: Disposition,
) -> None:
    commands = planned(missed(did=SERVICE, disposition=disposition))
    assert words(commands) == NEW_LEAD
    assert lead_of(commands).owner == "u-service"


def test_a_lead_of_a_number_without_a_default_goes_to_the_fallback_user() -> None:
    assert lead_of(planned(missed(did=None))).owner == "u-boss"


@pytest.mark.parametrize("choice", [UnknownCaller.OFFER, UnknownCaller.LOG_ONLY])
def test_the_policy_may_leave_strangers_in_the_call_list(choice: UnknownCaller) -> None:
    policy = Policy(unknown=Unknown(inbound=choice))
    assert words(planned(call(), policy=policy)) == ["log_call", "attach_recording r1"]


@pytest.mark.proves("S0-15")
def test_a_hidden_number_is_only_listed() -> None:
    assert words(planned(hidden())) == ["log_call", "attach_recording r1"]


@pytest.mark.proves("S0-15")
def test_the_policy_may_make_a_nameless_lead_of_a_hidden_number() -> None:
    policy = POLICY.model_copy(update={"hidden": HiddenNumber.CREATE})
    commands = planned(hidden(), policy=policy)
    assert words(commands) == NEW_LEAD
    assert lead_of(commands).phone is None


def test_one_of_our_own_numbers_is_no_client() -> None:
    own = call(client=Client(number=SERVICE, raw=SERVICE), needs_review=True)
    assert words(planned(own)) == ["log_call", "attach_recording r1"]


@pytest.mark.proves("S0-14", "S0-15")
@pytest.mark.parametrize("raw", ["112", "900", "*97"])
def test_a_service_number_is_no_client_even_where_hidden_ones_make_leads(raw: str) -> None:
    policy = POLICY.model_copy(update={"hidden": HiddenNumber.CREATE})
    commands = planned(call(client=Client(raw=raw)), policy=policy)
    assert words(commands) == ["log_call", "attach_recording r1"]
