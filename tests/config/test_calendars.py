"""Holidays out of the calendar that a company keeps already."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bridge.config.calendars import holidays
from bridge.config.load import examined
from tests.config.conftest import GOOD_PBX, Read, Refused

TODAY = date(2026, 11, 22)
OFFICE = (
    GOOD_PBX + "routing: {hours: o, schedules: {o: {zone: Europe/Moscow, calendar: days.ics}}}\n"
)


def calendar(*events: str) -> str:
    """As Google's and Outlook's exports look."""
    inside = [
        f"BEGIN:VEVENT\n{'' if 'UID:' in event else f'UID:{n}@example.org'}"
        f"\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT\n"
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
    assert sorted(day.isoformat() for day in holidays(calendar(event), TODAY).dates) == days


DAILY = "DTSTART;VALUE=DATE:20260629\nRRULE:FREQ=DAILY;UNTIL="
LAST = ["2026-06-29", "2026-06-30"]


@pytest.mark.parametrize(
    ("event", "days"),
    [
        (DAILY + "20260630", LAST),
        (DAILY + "20260629T210000Z", LAST),  # midnight in Moscow
        (DAILY + "20260630T050000Z", LAST),  # midnight in New York
        (DAILY + "20260630T205959Z", LAST),
        (DAILY + "20260701T035959Z", LAST),
        (DAILY + "20260630T235959Z", LAST),
        (DAILY + "20260630T000000", LAST),
        (
            "DTSTART;VALUE=DATE:20260629\nRRULE:FREQ=DAILY;COUNT=1\nRRULE:FREQ=DAILY;COUNT=2",
            LAST,
        ),
        ("DTSTART;VALUE=DATE:99981231\nRRULE:FREQ=YEARLY", []),
        ("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", ["2028-02-29"]),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", []),
        ("DTSTART;VALUE=DATE:20260629\nDURATION:P2D", LAST),
        ("DTSTART;VALUE=DATE:20260629\nRDATE;VALUE=DATE:20260630", LAST),
        (DAILY + "20260701\nEXDATE:20260701T000000", LAST),
        (DAILY + "20260701\nEXDATE:20260630T210000Z", LAST),  # midnight in Moscow
        (DAILY + "20260701\nEXDATE;TZID=Asia/Tokyo:20260701T000000", LAST),
    ],
)
def test_what_other_programs_write_is_read(event: str, days: list[str]) -> None:
    found = holidays(calendar(event), TODAY)
    assert (sorted(day.isoformat() for day in found.dates), found.passed_over) == (days, ())


FOUR = "UID:party@example.org\nDTSTART;VALUE=DATE:20260629\nRRULE:FREQ=DAILY;COUNT=4"
OF_THEM = "UID:party@example.org\nRECURRENCE-ID;VALUE=DATE:20260701\n"


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20260701\nSTATUS:CANCELLED", []),
        ("DTSTART:20260701T120000Z\nDTEND:20260701T130000Z", []),
        ("DTSTART;VALUE=DATE:20260710", ["2026-07-10"]),
        ("DTSTART;VALUE=DATE:20260701\nSUMMARY:By another name", ["2026-07-01"]),
    ],
    ids=["called_off", "a_meeting_now", "on_another_day", "renamed"],
)
def test_one_time_of_what_repeats_is_as_its_own_event_says(event: str, days: list[str]) -> None:
    found = holidays(calendar(FOUR, OF_THEM + event), TODAY)
    assert sorted(map(str, found.dates)) == sorted([*LAST, "2026-07-02", *days])


ODD = [
    "DTSTART;VALUE=DATE:20261231\nDTSTART;VALUE=DATE:20261230",
    "DTSTART;VALUE=DATE:99991231",
    "DTSTART;VALUE=DATE:2026",
    "DTSTART;VALUE=DATE:20261231\nRRULE:FREQ=NEVER",
    "DTSTART;VALUE=DATE:20261231\nRRULE:FREQ=MINUTELY",
    "DTSTART;VALUE=DATE:20261231\nRRULE:FREQ=DAILY;BYSECOND=0,1,2",
    "DTSTART;VALUE=DATE:20261231\nRRULE:FREQ=DAILY;INTERVAL=0",
    "DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY",
    "DTSTART;VALUE=DATE:20261231\nRRULE:FREQ=DAILY;UNTIL=soon",
    "DTSTART;VALUE=DATE:20261231\nDURATION:soon",
    "DTSTART;VALUE=DATE:20261231\nDURATION:P1D\nDURATION:P2D",
    "DTSTART;VALUE=DATE:20261231\nRDATE;VALUE=PERIOD:20261230T000000Z/P1D",
]


@pytest.mark.parametrize("event", ODD)
def test_an_odd_event_is_passed_over_by_its_name_and_the_others_are_read(event: str) -> None:
    text = calendar(event + "\nSUMMARY:Party", "DTSTART;VALUE=DATE:20270101")
    found = holidays(text, TODAY)
    assert found.dates == {date(2027, 1, 1)}
    assert [line.partition(":")[0] for line in found.passed_over] == ["'Party'"]


@pytest.mark.parametrize("again", ["RRULE:FREQ=YEARLY", "RDATE;VALUE=DATE:20280101"])
def test_events_that_take_long_do_not_keep_the_daemon_from_starting(again: str) -> None:
    """A rule that never comes true is tried for long: others that repeat are passed over then, and
    what does not repeat is read all the same. Each takes a second here."""
    once = [f"DTSTART;VALUE=DATE:2027010{day}" for day in range(1, 10)]
    yearly = [f"DTSTART;VALUE=DATE:2027020{day}\n{again}" for day in range(1, 6)]
    found = holidays(calendar(*yearly, *once), TODAY, clock=iter(range(100)).__next__)
    assert found.dates >= {date(2027, 1, day) for day in range(1, 10)}
    assert len(found.passed_over) == 1
    assert "took more than 3 s" in found.passed_over[0]


def test_check_warns_of_an_event_that_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMI_SECRET", "8d0f2c6b1a")
    (tmp_path / "days.ics").write_text(calendar(ODD[0] + "\nSUMMARY:Party"), "utf-8")
    file = tmp_path / "bridge.yml"
    file.write_text(OFFICE, "utf-8")
    (warning,) = [one for one in examined(file)[1] if "days.ics" in one.problem]
    assert (warning.line, "'Party': it has 2 DTSTART" in warning.problem) == (5, True)


def test_a_schedule_is_closed_on_the_days_of_its_calendar(read: Read, tmp_path: Path) -> None:
    (tmp_path / "days.ics").write_text(calendar("DTSTART;VALUE=DATE:20261231"), "utf-8")
    office = read(OFFICE).routing.schedule(None)
    noon = [datetime(2026, 12, day, 9, tzinfo=UTC) for day in (30, 31)]
    assert [office.open_at(at) for at in noon] == [True, False]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "/days.ics: No such file"),
        ("not a calendar", "days.ics is no calendar"),
    ],
    ids=["not_there", "no_calendar"],
)
def test_a_file_that_is_no_calendar_is_refused(
    text: str | None, says: str, refused: Refused, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "days.ics").write_text(text, "utf-8")
    (finding,) = refused(OFFICE)
    assert says in finding.problem
    assert (finding.line, finding.key) == (5, "routing.schedules.o.calendar")
