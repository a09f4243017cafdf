"""Whose call it is in the CRM."""

from __future__ import annotations

import pytest

from bridge.rules.policy import Policy
from tests.rules.office import CLIENT, call, contact, lead_of, log_of, planned


@pytest.mark.proves("S1-23")
def test_after_a_transfer_the_call_and_the_lead_belong_to_the_last_who_talked() -> None:
    commands = planned(call(answered_by=("101", "201"), responsible="201"))
    assert (lead_of(commands).owner, log_of(commands).user) == ("u201", "u201")


@pytest.mark.parametrize("agent", ["999", "+79260000000"])
def test_an_agent_who_is_no_user_leaves_it_to_the_fallback_user_and_is_noted(agent: str) -> None:
    log = log_of(planned(call(responsible=agent), contact()))
    assert (log.user, log.notes) == ("u-boss", ("unmapped_agent",))


@pytest.mark.parametrize(
    ("fallback", "told"),
    [
        ("u-boss", "so the fallback user takes it"),
        (None, "so nobody has it: set rules.fallback_user"),
    ],
)
@pytest.mark.parametrize("agent", ["999", None], ids=["no user of the CRM", "nobody talked"])
def test_the_reason_says_who_takes_what_no_user_has(
    fallback: str | None, told: str, agent: str | None
) -> None:
    record = call(responsible=agent, answered_by=(agent,) if agent else ())
    lead = planned(record, policy=Policy(fallback_user=fallback))[0]
    assert told in lead.why


def test_when_it_is_not_proven_who_talked_no_agent_is_named() -> None:
    log = log_of(planned(call(responsible=None, needs_review=True)))
    assert (log.user, log.notes) == ("u-sales", ())


def test_the_reason_hides_an_outside_phone() -> None:
    reasons = " ".join(item.why for item in planned(call(responsible="+79260001122")))
    assert "+79260001122" not in reasons
    assert CLIENT not in reasons
