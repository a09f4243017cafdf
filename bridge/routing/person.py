"""Can this person take the call now; if not, who stands in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from bridge.routing.case import Case, Considered
from bridge.routing.presence import Presence
from bridge.routing.settings import Absence

_CANNOT: Final = (Presence.IN_USE, Presence.DND, Presence.PAUSED, Presence.UNREACHABLE)


def obstacle(case: Case, extension: str) -> str | None:
    """Why this telephone is not to ring now; None when it may."""
    person = case.settings.person(extension)
    if absence := _absence(case, extension):
        return f"away until {absence.last}"
    if not case.settings.schedule(person.hours).open_at(case.at):
        return "does not work now"
    seen = case.presence.get(extension, Presence.UNKNOWN)
    if seen is Presence.IN_USE and person.takes_second_call:
        return None
    return str(seen) if seen in _CANNOT else None


def deputies(case: Case, extension: str) -> Iterator[str]:
    """Who stands in, and who for those: each once."""
    seen = {extension}
    while (extension := _deputy(case, extension) or "") and extension not in seen:
        seen.add(extension)
        yield extension


def able_deputy(case: Case, extension: str) -> str | None:
    """Who rings next when this one is silent, or refuses; nobody who was passed over before."""
    return next((one for one in deputies(case, extension) if obstacle(case, one) is None), None)


def first_able(
    case: Case, way: str, extension: str, considered: list[Considered]
) -> tuple[str, str] | None:
    """This person or the first deputy who can take the call, and the label of the path."""
    one: str | None = extension
    label, others = way, deputies(case, extension)
    while one is not None and (why_not := obstacle(case, one)) is not None:
        considered.append(Considered(label, f"{one}: {why_not}"))
        one, label = next(others, None), f"{way}'s deputy"
    return None if one is None else (one, label)


def _deputy(case: Case, extension: str) -> str | None:
    absence = _absence(case, extension)
    return (absence and absence.deputy) or case.settings.person(extension).deputy


def _absence(case: Case, extension: str) -> Absence | None:
    person = case.settings.person(extension)
    if not person.absences:
        return None
    zone = ZoneInfo(case.settings.schedule(person.hours).zone)
    today = case.at.astimezone(zone).date()
    return next((one for one in person.absences if one.first <= today <= one.last), None)
