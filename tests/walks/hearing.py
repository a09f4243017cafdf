"""Who talked with whom, by what every phone heard: nothing of it comes from Asterisk's events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from tests.lab.office import Office
from tests.lab.phones import Leg, Softphone
from tests.lab.voices import heard_in

_PAUSE: Final = 0.35  # seconds: between two tones of one voice, or a packet lost
CLEAR: Final = 0.24  # seconds in which somebody is heard for sure

Span = tuple[float, float]


@dataclass(frozen=True)
class Talk:
    """One was heard by the other, whichever: with Asterisk 16 a phone may hear nothing for most
    of a second after a change of the one who speaks (a new stream of packets)."""

    voice: str
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


class Ears:
    """Everything that was heard on every leg of an office."""

    def __init__(self, at: Office) -> None:
        self._legs = [leg for phone in _phones(at) for leg in phone.legs.values() if leg.ears]
        self._heard = {id(leg): _on(leg) for leg in self._legs}

    def told(self, begun: float) -> Iterator[str]:
        """For a reader, in seconds since the walk has begun."""
        for leg in self._legs:
            for voice, spans in self.heard_by(leg).items():
                times = " ".join(f"{b - begun:.2f}-{e - begun:.2f}" for b, e in spans)
                yield f"{leg.user}/{leg.number} heard {voice} {times}"

    def heard_by(self, leg: Leg) -> dict[str, list[Span]]:
        """When which voice was heard on this leg."""
        return self._heard.get(id(leg), {})

    def talks(self, leg: Leg) -> list[Talk]:
        """With whom this leg talked, in order of the ends."""
        found = [
            Talk(voice, *span) for voice, spans in self.heard_by(leg).items() for span in spans
        ]
        since, until = lasted(leg)
        for other in self._legs:
            spans = self.heard_by(other).get(leg.user, [])
            found += [Talk(other.user, b, e) for b, e in spans if since <= b <= until]
        return sorted(found, key=lambda talk: talk.end)


@contextmanager
def listening(at: Office, folder: Path) -> Iterator[None]:
    """All that is heard is kept in this folder; afterwards nobody remembers it."""
    for phone in _phones(at):
        phone.order("keep_heard", folder=str(folder))
    try:
        yield
    finally:
        for phone in _phones(at):
            phone.order("keep_heard", folder="")
            for leg in phone.legs.values():
                leg.ears.clear()
                leg.holds.clear()


def _phones(at: Office) -> tuple[Softphone, ...]:
    return (*at.staff.values(), at.operator, at.backup_operator)


def open_for(at: Office, agent: str, begin: float, end: float) -> float:
    """Seconds of this span in which the agent's telephone had no call on hold: which of its calls
    was the client's, it does not know."""
    legs = at.staff[agent].legs.values() if agent in at.staff else ()
    there = [leg for leg in legs if leg.holds and leg.holds[0][0] < end]
    return min((_unheld(leg, begin, end) for leg in there if _holds(leg)), default=end - begin)


def _holds(leg: Leg) -> bool:
    return any(held for _, held in leg.holds)


def _unheld(leg: Leg, begin: float, end: float) -> float:
    changes = [*leg.holds, (end, True)]
    spans = (
        (max(at, begin), min(until, end))
        for (at, held), (until, _) in pairwise(changes)
        if not held
    )
    return sum(max(0.0, until - since) for since, until in spans)


def lasted(leg: Leg) -> Span:
    """From its first sound to its last."""
    if not leg.ears:
        return 0.0, 0.0
    file, at = leg.ears[-1]
    return leg.ears[0][1], at + Path(file).stat().st_size / 32000


def _on(leg: Leg) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for file, at in leg.ears:
        for moment, voices in heard_in(Path(file)):
            for voice in voices:
                _extend(found.setdefault(voice, []), at + moment)
    clear = {who: [s for s in spans if s[1] - s[0] >= CLEAR] for who, spans in found.items()}
    return {who: spans for who, spans in clear.items() if spans}


def _extend(spans: list[Span], moment: float) -> None:
    if spans and moment - spans[-1][1] < _PAUSE:
        spans[-1] = (spans[-1][0], moment + 0.04)
    else:
        spans.append((moment, moment + 0.04))
