"""The retry decision: what holds whatever the CRM says, and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from bridge.domain.commands import Verdict
from bridge.outbox.retry import Decision, Parked, Past, RetrySettings, Step, decide

SETTINGS = RetrySettings()
THREE_DAYS = timedelta(days=3).total_seconds()

dice = st.floats(0, 1, exclude_max=True)
pasts = st.builds(Past, failures=st.integers(0, 10**6), failing_for=st.floats(0, 10**7))
answers = st.one_of(st.none(), st.floats())
temporary = st.sampled_from([Verdict.TRY_LATER, Verdict.UNCLEAR])


def after(verdict: Verdict, past: Past, retry_after: float | None, dice: float) -> Decision:
    return decide(verdict, past, retry_after=retry_after, dice=dice, settings=SETTINGS)


@given(pasts, answers, dice)
def test_refused_is_parked_at_once(past: Past, retry_after: float | None, dice: float) -> None:
    decision = after(Verdict.REFUSED, past, retry_after, dice)
    assert decision == Decision(Step.PARK, reason=Parked.REFUSED)


@given(pasts, answers, dice)
def test_a_dead_login_holds_the_destination(
    past: Past, retry_after: float | None, dice: float
) -> None:
    assert after(Verdict.NEEDS_LOGIN, past, retry_after, dice).step is Step.HOLD


@pytest.mark.proves("S4-11", "S4-39")
@given(temporary, pasts, answers, dice)
def test_nothing_is_given_up_before_three_days(
    verdict: Verdict, past: Past, retry_after: float | None, dice: float
) -> None:
    assume(past.failing_for < THREE_DAYS)
    assert after(verdict, past, retry_after, dice).step is Step.AGAIN


@given(temporary, pasts, answers, dice)
def test_after_three_days_a_person_is_asked(
    verdict: Verdict, past: Past, retry_after: float | None, dice: float
) -> None:
    assume(past.failing_for >= THREE_DAYS)
    assert after(verdict, past, retry_after, dice).step is Step.PARK


@given(temporary, pasts, answers, dice)
def test_every_wait_is_a_length_of_time_with_an_end(
    verdict: Verdict, past: Past, retry_after: float | None, dice: float
) -> None:
    longest = SETTINGS.longest_asked_for + SETTINGS.longest
    assert 0 <= after(verdict, past, retry_after, dice).after <= longest.total_seconds()


@given(pasts, st.floats(0, 86_400), dice)
def test_it_never_comes_back_sooner_than_the_crm_asked(
    past: Past, retry_after: float, dice: float
) -> None:
    assume(past.failing_for < THREE_DAYS)
    assert after(Verdict.TRY_LATER, past, retry_after, dice).after >= retry_after


@given(pasts, dice)
def test_an_unanswered_write_gets_a_moment_before_it_is_asked_about(
    past: Past, dice: float
) -> None:
    assume(past.failing_for < THREE_DAYS)
    decision = after(Verdict.UNCLEAR, past, None, dice)
    assert decision.after >= SETTINGS.ask_after.total_seconds()


@given(st.integers(0, 100), dice)
def test_the_wait_is_spread_over_all_of_its_doubled_range(failures: int, dice: float) -> None:
    decision = after(Verdict.TRY_LATER, Past(failures=failures), None, dice)
    assert decision.after == pytest.approx(dice * min(2.0 * 2**failures, 900.0))


def test_nobody_may_set_less_than_three_days() -> None:
    with pytest.raises(ValidationError, match="give_up_after"):
        RetrySettings(give_up_after=timedelta(days=2))
