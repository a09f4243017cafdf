"""Can this person take the call now; if not, who stands in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from bridge.routing.case import Case, Considered
from bridge.routing.presence import Presence
from bridge.routing.settings import Absence, Person

_CANNOT: Final = (Presence.IN_USE, Presence.DND, Presence.PAUSED, Presence.UNREACHABLE)


def obstacle(case: Case, extension: str) -> str | None:
    """Why this telephone is not to ring now; None when it may."""
    person = case.settings.person(extension)
    if absence := _absence(case, person):
        return f"away until {absence.last}"
    if not case.settings.schedule(person.hours).open_at(case.at):
        return "does not work now"
    seen = case.presence.get(extension)
    if seen not in _CANNOT or (person.takes_second_call and seen is Presence.IN_USE):
        return None
    return str(seen)


def deputies(case: Case, extension: str) -> Iterator[str]:
    """Who stands in, and who for those: each once."""
    seen = {extension}
    while (extension := _deputy(case, extension) or "") and extension not in seen:
        seen.add(extension)
        yield extension


def able_deputy(case: Case, extension: str) -> str | None:
    """Who rings next when this one is silent, or refuses; nobody who was passed over before."""
    for one in deputies(case, extension):
        if obstacle(case, one) is None:
            return one
    return None


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
    person = case.settings.person(extension)
    absence = _absence(case, person)
    return (absence and absence.deputy) or person.deputy


def _absence(case: Case, person: Person) -> Absence | None:
    if not person.absences:
        return None
    zone = ZoneInfo(case.settings.schedule(person.hours).zone)
    today = case.at.astimezone(zone).date()
    return next((one for one in person.absences if one.first <= today <= one.last), None)
