"""Calendars: `calendar: file.ics` of a schedule, read into the dates on which nobody works.

Events of whole days are holidays; those with a time of day, and those called off, are not. An event
that cannot be read is passed over: it must not take the configuration with it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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
_PATIENCE: Final = 3.0  # seconds: an honest event takes milliseconds
_FIRST_YEAR: Final = 1900  # of what repeats
_RULE: Final = frozenset({
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
    "BYWEEKNO", "BYSETPOS",
})  # fmt: skip
_DAYS: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_TO_NOON: Final = timedelta(hours=12)
# A rule that never comes true is tried until the year 9999. The calendar repeats every 400 years,
# weekdays and all: rules are written out so many years later, where that is soon over.
_LATER: Final = 19 * 400
# What the libraries raise for what people and programs write into such files.
_ODD: Final = (ValueError, TypeError, AttributeError, ArithmeticError, LookupError)

Doubt = tuple[Path, str, str]  # path, problem and advice


@dataclass(frozen=True, slots=True)
class Holidays:
    """The dates, and one line for each event that was passed over: its name, and why."""

    dates: frozenset[date]
    passed_over: tuple[str, ...] = ()


def read_calendars(document: Document, folder: FilePath, today: date) -> list[Doubt]:
    """Put the dates of each schedule's calendar in the place of its file's name. A file that cannot
    be read is a finding; what is returned tells of each event that is passed over."""
    odd = []
    for path, schedule in _schedules(document):
        file = folder / schedule["calendar"]
        found = _read(document, path, file, today)
        schedule["calendar"] = [day.isoformat() for day in sorted(found.dates)]
        for line in found.passed_over:
            advice = "see it in the calendar; its days are no holidays until then"
            odd.append((path, f"{file.name}: an event is passed over: {line}", advice))
    return odd


def holidays(text: str, today: date, clock: Callable[[], float] = time.monotonic) -> Holidays:
    """What this iCal text says; what repeats, from a year ago until two years from `today`.
    Raises ValueError for what is no calendar at all. `clock` in seconds."""
    found: set[date] = set()
    odd: list[str] = []
    spent = 0.0
    events = _events(text)
    moved = _moved(events)
    for event in events:
        began = clock()
        try:
            if spent > _PATIENCE and (event.get("RRULE") or event.get("RDATE")):
                raise ValueError(f"what repeats before it took more than {_PATIENCE:g} s to read")
            if str(event.get("STATUS", "")) != "CANCELLED":
                found.update(_days(event, today, moved[str(event.get("UID"))]))
        except _ODD as error:
            name = str(event.get("SUMMARY") or event.get("UID") or "without a name")
            odd.append(f"{name[:60]!r}: {error}")
        spent += clock() - began
    return Holidays(frozenset(found), tuple(odd))


def _schedules(document: Document) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Those with the name of a calendar."""
    routing = document.values.get("routing")
    schedules = routing.get("schedules") if isinstance(routing, dict) else None
    for name, schedule in (schedules or {}).items() if isinstance(schedules, dict) else ():
        if isinstance(schedule, dict) and isinstance(schedule.get("calendar"), str):
            yield ("routing", "schedules", name, "calendar"), schedule


def _read(document: Document, path: Path, file: FilePath, today: date) -> Holidays:
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError(f"larger than {_LARGEST} bytes")
        return holidays(file.read_text("utf-8-sig"), today)
    except OSError as error:
        problem = f"cannot read {file}: {error.strerror}"
        document.find(path, problem, "see that the daemon's user may read it")
    except ValueError as error:
        document.find(path, f"{file.name} is no calendar: {error}", "export it as iCal (.ics)")
    return Holidays(frozenset())


def _events(text: str) -> list[Component]:
    try:
        return Calendar.from_ical(text).walk("VEVENT")
    except _ODD as error:
        raise ValueError(str(error)) from error


def _moved(events: list[Component]) -> defaultdict[str, set[date]]:
    """By UID the days of what repeats that an event of their own stands for: moved, or called
    off."""
    found: defaultdict[str, set[date]] = defaultdict(set)
    for event in events:
        with suppress(*_ODD):  # the event itself counts as any other then
            for said in _several(event.get("RECURRENCE-ID")) if event.get("UID") else ():
                found[str(event["UID"])].add(_day(said.dt))
    return found


def _days(event: Component, today: date, moved: set[date]) -> Iterator[date]:
    start = _date(event, "DTSTART")
    if start is None:
        return
    lasts = min(max(1, (_end(event, start) - start).days), _LONGEST)
    left_out = _left_out(event, moved)
    for first in _begins(event, start, today):
        if first not in left_out:
            yield from (first + timedelta(days=n) for n in range(lasts))


def _left_out(event: Component, moved: set[date]) -> set[date]:
    """Days of what repeats that are no times of it."""
    again = _several(event.get("RECURRENCE-ID"))
    if any(said.params.get("RANGE") for said in again):
        raise ValueError("it moves all that come later (RANGE), which is not read")
    repeats = event.get("RRULE") or event.get("RDATE")
    return {*_listed(event, "EXDATE"), *moved} if repeats and not again else set()


def _end(event: Component, start: date) -> date:
    """The first day after it."""
    if end := _date(event, "DTEND"):
        return end
    said = _several(event.get("DURATION"))
    if len(said) > 1:
        raise ValueError(f"it has {len(said)} DURATION")
    lasts: timedelta = said[0].dt if said else timedelta(days=1)
    return start + lasts


def _begins(event: Component, start: date, today: date) -> Iterator[date]:
    """The first days: of the event, and of each time that it repeats."""
    rules = _several(event.get("RRULE"))
    yield from _listed(event, "RDATE")
    if not rules:
        yield start
    for rule in rules:
        yield from _repeats(rule, start, today)


def _repeats(rule: Any, start: date, today: date) -> Iterator[date]:
    first, last = today - _BEFORE, today + _AHEAD
    parts = _parts(rule)
    if start > last:
        return
    if start.year < _FIRST_YEAR:
        raise ValueError(f"what repeats begins in {_FIRST_YEAR} or later")
    if "UNTIL" in parts:
        last = min(last, _until(rule["UNTIL"][0]))
    written = ";".join(f"{key}={value}" for key, value in parts.items() if key != "UNTIL")
    repeats: Any = rrulestr(written, dtstart=_later(start))
    if first <= last:
        for found in repeats.between(_later(first), _later(last), inc=True):
            yield date(found.year - _LATER, found.month, found.day)


def _parts(rule: Any) -> dict[str, str]:
    """A rule of days. Raises ValueError for any other."""
    parts = dict(part.split("=", 1) for part in rule.to_ical().decode().upper().split(";"))
    if parts.get("FREQ") not in _DAYS:
        raise ValueError(f"a whole day does not repeat by FREQ={parts.get('FREQ')}")
    if unknown := set(parts) - _RULE:
        raise ValueError(f"a whole day does not repeat by {min(unknown)}")
    if int(parts.get("INTERVAL", 1)) < 1:
        raise ValueError("INTERVAL is less than 1")
    return parts


def _until(said: date) -> date:
    """The last day. A moment in UTC is midnight, or the last second before it, by a clock that is
    not told: the midnight nearest to it is meant."""
    if not isinstance(said, datetime):
        return said
    if said.tzinfo is None:
        return said.date()
    nearest = (said.astimezone(UTC) + timedelta(hours=12, seconds=1)).date()
    return nearest - timedelta(days=said.second == 59)


def _listed(event: Component, name: str) -> Iterator[date]:
    for dates in _several(event.get(name)):
        for one in dates.dts:
            if not isinstance(one.dt, date):
                raise ValueError(f"{name} lists what is no day")
            yield _day(one.dt)


def _day(said: date) -> date:
    """Some programs name a whole day by its midnight, which UTC tells to half a day."""
    if not isinstance(said, datetime):
        return said
    return (said + _TO_NOON if said.utcoffset() == timedelta() else said).date()


def _several(said: Any) -> list[Any]:
    """A property that may stand once, more often or not at all."""
    if said is None:
        return []
    return said if isinstance(said, list) else [said]


def _date(event: Component, name: str) -> date | None:
    """A whole day; None for a moment or nothing. (A datetime is a date, too.)"""
    said = _several(event.get(name))
    if len(said) > 1:
        raise ValueError(f"it has {len(said)} {name}")
    return said[0].dt if said and type(said[0].dt) is date else None


def _later(day: date) -> datetime:
    return datetime(day.year + _LATER, day.month, day.day)
