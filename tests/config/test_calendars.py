"""Holidays out of the calendar that a company keeps already."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bridge.config.calendars import holidays
from tests.config.conftest import GOOD_PBX, Read, Refused

TODAY = date(2026, 11, 22)
OFFICE = (
    GOOD_PBX + "routing: {hours: o, schedules: {o: {zone: Europe/Moscow, calendar: days.ics}}}\n"
)


def calendar(*events: str) -> str:
    """As Google's and Outlook's exports look."""
    inside = [
        f"BEGIN:VEVENT\nUID:{n}@example.org\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT\n"
        for n, event in enumerate(events)
    ]
    text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Calendar//RU\n" + "".join(inside)
    return (text + "END:VCALENDAR\n").replace("\n", "\r\n")


NEW_YEAR = "DTSTART;VALUE=DATE:20200101\nDTEND;VALUE=DATE:20200103\nRRULE:FREQ=YEARLY\nSUMMARY:НГ"


@pytest.mark.proves("S0-18")
@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20261231\nSUMMARY:Closed", ["2026-12-31"]),
        (
            "DTSTART;VALUE=DATE:20270103\nDTEND;VALUE=DATE:20270105",
            ["2027-01-03", "2027-01-04"],
        ),
        (
            NEW_YEAR,
            [
                *("2026-01-01", "2026-01-02", "2027-01-01", "2027-01-02"),
                *("2028-01-01", "2028-01-02"),
            ],
        ),
        (
            NEW_YEAR + "\nEXDATE;VALUE=DATE:20270101",
            ["2026-01-01", "2026-01-02", "2028-01-01", "2028-01-02"],
        ),
        ("DTSTART;VALUE=DATE:20260612\nRRULE:FREQ=YEARLY;UNTIL=20260701", ["2026-06-12"]),
        ("DTSTART:20261231T120000Z\nDTEND:20261231T130000Z", []),
        ("DTSTART;VALUE=DATE:20261231\nSTATUS:CANCELLED", []),
        ("SUMMARY:without a day", []),
    ],
    ids=[
        *("one_day", "two_days", "every_year", "but_for_one_year", "until"),
        *("a_meeting", "called_off", "no_day"),
    ],
)
def test_whole_days_are_holidays_and_meetings_are_not(event: str, days: list[str]) -> None:
    assert sorted(day.isoformat() for day in holidays(calendar(event), TODAY)) == days


def test_a_schedule_is_closed_on_the_days_of_its_calendar(read: Read, tmp_path: Path) -> None:
    (tmp_path / "days.ics").write_text(calendar("DTSTART;VALUE=DATE:20261231"), "utf-8")
    office = read(OFFICE).routing.schedule(None)
    noon = [datetime(2026, 12, day, 9, tzinfo=UTC) for day in (30, 31)]
    assert [office.open_at(at) for at in noon] == [True, False]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot read days.ics"),
        ("not a calendar", "days.ics is no calendar"),
        (calendar("DTSTART;VALUE=DATE:20261231\nRRULE:FREQ=NEVER"), "days.ics is no calendar"),
    ],
    ids=["not_there", "no_calendar", "no_rule"],
)
def test_a_file_that_is_no_calendar_is_refused(
    text: str | None, says: str, refused: Refused, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "days.ics").write_text(text, "utf-8")
    (finding,) = refused(OFFICE)
    assert says in finding.problem
    assert (finding.line, finding.key) == (5, "routing.schedules.o.calendar")
