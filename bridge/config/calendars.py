"""Calendars: `calendar: file.ics` of a schedule, read into the dates on which nobody works.

Events of whole days are holidays; those with a time of day, and those called off, are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path as FilePath
from typing import Any, Final

from dateutil.rrule import rrulestr
from icalendar import Calendar, Component

from bridge.config.document import Document
from bridge.config.findings import Path

_BEFORE: Final = timedelta(days=366)  # what repeats is written out around today
_AHEAD: Final = timedelta(days=2 * 366)
_LONGEST: Final = 366  # days of one event
_LARGEST: Final = 4 * 1024 * 1024  # bytes


def read_calendars(document: Document, folder: FilePath, today: date) -> None:
    """Put the dates of each schedule's calendar in the place of its file's name. A file that cannot
    be read is a finding."""
    routing = document.values.get("routing")
    schedules = routing.get("schedules") if isinstance(routing, dict) else None
    for name, schedule in (schedules or {}).items() if isinstance(schedules, dict) else ():
        if isinstance(schedule, dict) and isinstance(schedule.get("calendar"), str):
            path = ("routing", "schedules", name, "calendar")
            dates = _read(document, path, folder / schedule["calendar"], today)
            schedule["calendar"] = [day.isoformat() for day in dates]


def holidays(text: str, today: date) -> set[date]:
    """The dates of this iCal text; what repeats, from a year ago until two years from `today`.
    Raises ValueError."""
    found: set[date] = set()
    for event in Calendar.from_ical(text).walk("VEVENT"):
        if str(event.get("STATUS", "")) != "CANCELLED":
            found.update(_days(event, today))
    return found


def _read(document: Document, path: Path, file: FilePath, today: date) -> list[date]:
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError(f"larger than {_LARGEST} bytes")
        return sorted(holidays(file.read_text("utf-8-sig"), today))
    except OSError as error:
        problem = f"cannot read {file.name}: {error.strerror}"
        document.find(path, problem, "see that the daemon's user may read it")
    except ValueError as error:
        document.find(path, f"{file.name} is no calendar: {error}", "export it as iCal (.ics)")
    return []


def _days(event: Component, today: date) -> Iterator[date]:
    start = _date(event.get("DTSTART"))
    if start is None:
        return
    end = _date(event.get("DTEND")) or start + timedelta(days=1)
    lasts = min(max(1, (end - start).days), _LONGEST)
    for first in _begins(event, start, today):
        yield from (first + timedelta(days=n) for n in range(lasts))


def _begins(event: Component, start: date, today: date) -> Iterator[date]:
    """The first days: of the event, and of each time that it repeats."""
    rule = event.get("RRULE")
    if rule is None:
        yield start
        return
    repeats: Any = rrulestr(rule.to_ical().decode(), dtstart=_midnight(start))
    left_out = set(_left_out(event))
    for found in repeats.between(_midnight(today - _BEFORE), _midnight(today + _AHEAD), inc=True):
        if found.date() not in left_out:
            yield found.date()


def _left_out(event: Component) -> Iterator[date]:
    said = event.get("EXDATE") or []
    for dates in said if isinstance(said, list) else [said]:
        yield from (one.dt for one in dates.dts if type(one.dt) is date)


def _date(value: Any) -> date | None:
    """A whole day; None for a moment or nothing. (A datetime is a date, too.)"""
    return value.dt if value is not None and type(value.dt) is date else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
