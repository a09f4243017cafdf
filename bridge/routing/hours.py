"""Working hours: a week, its holidays and its extra days, in one time zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(r"(\d{1,2}:\d\d)\s*-\s*(\d{1,2}:\d\d)")
_LOOK_AHEAD: Final = 370  # days: who does not open within a year does not open


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("this is no time zone; write one like Europe/Moscow") from None
    return name


def _clock(text: str) -> timedelta:
    """Time since midnight; 24:00 is the midnight at the end."""
    hours, minutes = map(int, text.split(":"))
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise ValueError(f"{text} is no time of day; write 00:00 to 24:00")
    return timedelta(hours=hours, minutes=minutes)


class Span(BaseModel):
    """From one time of day to another; past midnight where the end is not after the beginning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: timedelta
    closes: timedelta

    @property
    def lasts(self) -> timedelta:
        """From opening to closing; a day where both are one time."""
        over = timedelta() if self.closes > self.opens else timedelta(days=1)
        return self.closes + over - self.opens


def _spans(value: Any) -> Any:
    """`09:00-13:00, 14:00-18:00` as a person writes it; `closed` is no span at all."""
    if not isinstance(value, str):
        return value
    if value.strip() == "closed":
        return ()
    parts = [part.strip() for part in value.split(",")]
    found = [_SPAN.fullmatch(part) for part in parts]
    if not all(found):
        raise ValueError("write times of day as 09:00-13:00, 14:00-18:00, or: closed")
    return tuple(Span(opens=_clock(one[1]), closes=_clock(one[2])) for one in found if one)


def _days(value: Any) -> Any:
    """`mon-fri` and `sat,sun` written out, one key a day."""
    if not isinstance(value, dict):
        return value
    week: dict[str, Any] = {}
    for key, spans in value.items():
        for day in _named(str(key)):
            if day in week:
                raise ValueError(f"{day} is said twice")
            week[day] = spans
    return week


def _named(key: str) -> Iterator[str]:
    for part in key.split(","):
        first, _, last = part.strip().partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"{key} names no days; write mon, mon-fri or sat,sun")
        start, end = DAYS.index(first), DAYS.index(last or first)
        yield from (DAYS[(start + n) % 7] for n in range((end - start) % 7 + 1))


def _dates(value: Any) -> Any:
    """`2026-12-31..2027-01-08` written out, one date each."""
    if not isinstance(value, list | tuple):
        return value
    return tuple(day for item in value for day in _range(item))


def _range(item: Any) -> Iterable[Any]:
    first, dots, last = str(item).partition("..")
    if not dots:
        return (item,)
    start, end = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    if not 0 <= (end - start).days <= 366:
        raise ValueError(
            f"{item} is no range of dates: write the first day, then the last one, within a year"
        )
    return (start + timedelta(days=n) for n in range((end - start).days + 1))


Zone = Annotated[str, AfterValidator(_zone)]
Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]
Week = Annotated[dict[str, Spans], BeforeValidator(_days)]
Dates = Annotated[frozenset[date], BeforeValidator(_dates)]
# In the file the name of an iCal file; bridge/config/calendars.py puts its dates in its place.
Calendar = Annotated[frozenset[date], WithJsonSchema({"type": "string"})]


class Hours(BaseModel):
    """When people work. `holidays` and those of the `calendar` are closed; `days` have hours of
    their own, whatever the week or a holiday says. No `week` at all: always open but for
    holidays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zone: Zone = "UTC"
    week: Week | None = None
    holidays: Dates = frozenset()
    calendar: Calendar = Field(frozenset(), description="iCal file whose whole days are holidays")
    days: dict[date, Spans] = Field(default_factory=dict)

    def open_at(self, at: datetime) -> bool:
        """`at` is aware."""
        if self.week is None and not (self.holidays or self.calendar or self.days):
            return True
        return any(opens <= at < closes for opens, closes in self._around(at))

    def opens_after(self, at: datetime) -> datetime | None:
        """When they open next, in their zone; None when they never do. Now, when they are open."""
        if self.open_at(at):
            return at
        today = at.astimezone(ZoneInfo(self.zone)).date()
        for ahead in range(_LOOK_AHEAD):
            later = [opens for opens, _ in self._of(today + timedelta(days=ahead)) if opens > at]
            if later:
                return min(later)
        return None

    def closes_after(self, at: datetime) -> datetime | None:
        """When what is open at `at` closes, spans that meet taken as one; None when it is closed at
        `at`, or never closes."""
        closes = at
        for _ in range(_LOOK_AHEAD):
            ends = [end for opens, end in self._around(closes) if opens <= closes < end]
            if not ends:
                return closes if closes > at else None
            closes = max(ends)
        return None

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = at.astimezone(ZoneInfo(self.zone)).date()
        yield from self._of(today - timedelta(days=1))
        yield from self._of(today)

    def _of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """What begins on this day, on the clock on the wall: a span over the change of the clocks
        is an hour shorter or longer."""
        zone = ZoneInfo(self.zone)
        midnight = datetime.combine(day, time())
        for span in self._spans(day):
            opens = (midnight + span.opens).replace(tzinfo=zone)
            yield opens, (midnight + span.opens + span.lasts).replace(tzinfo=zone)

    def _spans(self, day: date) -> tuple[Span, ...]:
        if day in self.days:
            return self.days[day]
        if day in self.holidays or day in self.calendar:
            return ()
        if self.week is None:
            return (_WHOLE_DAY,)
        return self.week.get(DAYS[day.weekday()], ())


_WHOLE_DAY: Final = Span(opens=timedelta(), closes=timedelta(days=1))
