"""When the office is open: a clock on a wall, in the office's own zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bridge.routing.hours import Hours

BERLIN = {
    "zone": "Europe/Berlin",
    "week": {"mon-fri": "09:00-13:00, 14:00-18:00", "sat": "22:00-02:00"},
    "holidays": ["2026-12-24..2026-12-26", "2027-01-01"],
    "days": {"2026-12-24": "09:00-12:00", "2026-11-22": "10:00-11:00"},
}


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.proves("S0-18", "S0-57")
@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-11-18T08:59", False),
        ("2026-11-18T09:00", True),
        ("2026-11-18T13:00", False),
        ("2026-11-18T17:59", True),
        ("2026-11-21T23:00", True),  # a Saturday night
        ("2026-11-22T01:59", True),  # and the morning after
        ("2026-11-22T02:00", False),
        ("2026-11-22T10:30", True),  # a Sunday with hours of its own
        ("2026-12-24T10:00", True),  # a holiday with hours of its own
        ("2026-12-24T15:00", False),
        ("2026-12-25T10:00", False),
        ("2026-03-30T09:00", True),  # the day after the clocks changed
    ],
)
def test_open(when: str, is_open: bool) -> None:
    assert Hours.model_validate(BERLIN).open_at(berlin(when)) is is_open


def test_the_office_is_asked_in_its_own_zone() -> None:
    asked = datetime(2026, 11, 18, 8, 30, tzinfo=ZoneInfo("UTC"))
    assert Hours.model_validate(BERLIN).open_at(asked)


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        ("2026-11-18T13:10", "2026-11-18T14:00"),
        ("2026-11-20T18:00", "2026-11-21T22:00"),
        ("2026-12-24T12:00", "2026-12-26T22:00"),
        ("2026-11-18T10:00", "2026-11-18T10:00"),
    ],
)
def test_it_opens_next(when: str, opens: str) -> None:
    hours = {**BERLIN, "holidays": ["2026-12-24..2026-12-25"]}
    assert Hours.model_validate(hours).opens_after(berlin(when)) == berlin(opens)


def test_who_never_opens_says_so() -> None:
    assert (
        Hours.model_validate({"week": {"mon": "closed"}}).opens_after(berlin("2026-11-18")) is None
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"zone": "Moscow"}, "Europe/Moscow"),
        ({"week": {"monday": "09:00-18:00"}}, "mon-fri"),
        ({"week": {"mon-fri": "09:00-18:00", "wed": "closed"}}, "wed is said twice"),
        ({"week": {"mon": "9 to 6"}}, "09:00-13:00"),
        ({"week": {"mon": "09:00-25:00"}}, "no time of day"),
        ({"holidays": ["2027-01-08..2026-12-31"]}, "no range"),
    ],
)
def test_what_is_no_schedule_is_refused_with_words(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Hours.model_validate(wrong)


@pytest.mark.parametrize(
    ("when", "closes"),
    [
        ("2026-11-18T12:00", "2026-11-18T13:00"),
        ("2026-11-18T13:00", None),
        ("2026-11-21T23:00", "2026-11-22T02:00"),
    ],
)
def test_when_what_is_open_closes(when: str, closes: str | None) -> None:
    found = Hours.model_validate(BERLIN).closes_after(berlin(when))
    assert found == (berlin(closes) if closes else None)


def test_spans_that_meet_are_one_and_what_never_closes_has_no_end() -> None:
    week = {"fri": "18:00-24:00", "sat-sun": "00:00-24:00", "mon": "00:00-08:00"}
    weekend = Hours.model_validate({"zone": "Europe/Berlin", "week": week})
    assert weekend.closes_after(berlin("2026-11-20T19:00")) == berlin("2026-11-23T08:00")
    assert Hours().closes_after(berlin("2026-11-20T19:00")) is None
