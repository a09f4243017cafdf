"""The floor of the office as a walk sees it: who is in which call now, and what was done so far."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from tests.lab.ami import Refused
from tests.lab.line import Line
from tests.lab.office import Office
from tests.lab.phones import Leg, PhoneBroke
from tests.lab.wait import NotInTime

PATIENT, IMPATIENT = 6.0, 1.5  # seconds; whatever has not happened by then is left alone


@dataclass(frozen=True, eq=False)
class End:
    """One leg of a line, as whoever holds the phone knows it."""

    line: Line
    leg: Leg

    def __str__(self) -> str:
        return f"{self.line.number}/{self.leg.number}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, End) and self.leg is other.leg

    def __hash__(self) -> int:
        return id(self.leg)

    @property
    def free(self) -> bool:
        """It is answered and not on hold."""
        return self.leg.talks and not self.leg.held


@dataclass
class Floor:
    """`sure` and `perhaps`: outside numbers that were called, each a call of its own, surely or
    perhaps (as whoever was sent there is a client or not). `asked`: who pressed keys that others
    answer to."""

    at: Office
    dice: random.Random
    diary: list[str] = field(default_factory=list)
    dialled: list[tuple[str, Leg, str]] = field(default_factory=list)
    sure: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    asked: set[End] = field(default_factory=set)
    begun: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self._before = {id(leg) for leg in self._to_operators()}

    @property
    def agents(self) -> tuple[Line, ...]:
        at = self.at
        return (at.alice, at.bob, at.carol, at.dave, at.erin, at.frank)

    @property
    def clients(self) -> tuple[Line, ...]:
        return (self.at.client, self.at.other_client, self.at.third_client)

    @property
    def outsiders(self) -> tuple[Line, ...]:
        here = (*self.clients, self.at.supplier, self.at.partner, self.at.alice_mobile)
        return (*here, *(Line(self.at.backup_operator, one.number) for one in here))

    def ends(self, *lines: Line) -> Iterator[End]:
        """Every leg of these, of everybody if none is named."""
        for line in lines or (*self.agents, *self.outsiders):
            yield from (End(line, leg) for leg in line.legs)

    def outside_legs(self) -> int:
        return sum(not leg.over for leg in self.at.operator.legs.values())

    def rung_outside(self) -> list[Leg]:
        """Every leg of this walk that the operators were to connect, in order."""
        return [leg for leg in self._to_operators() if id(leg) not in self._before]

    def _to_operators(self) -> list[Leg]:
        phones = (self.at.operator, self.at.backup_operator)
        return [leg for phone in phones for leg in phone.legs.values() if leg.incoming]

    def write(self, text: str) -> None:
        self.diary.append(f"{time.time() - self.begun:6.2f} {text}")

    async def does(self, text: str, verb: Callable[[], Awaitable[object]]) -> bool:
        """Let it happen, or see that it did not: what others did may have come first."""
        self.write(text)
        try:
            async with asyncio.timeout(PATIENT):
                await verb()
        except (NotInTime, PhoneBroke, Refused, TimeoutError) as error:
            self.write(f"   not so: {type(error).__name__} {str(error)[:200]}")
            return False
        return True

    async def in_time(self, verb: Awaitable[object]) -> bool:
        """Wait for it, but not for long; whether it has happened."""
        try:
            async with asyncio.timeout(IMPATIENT):
                await verb
        except (TimeoutError, NotInTime, PhoneBroke):
            return False
        return True

    def parked(self) -> list[str]:
        """The places where somebody waits now."""
        places: dict[str, None] = {}
        for one in self.at.ami.events:
            if one["Event"] == "ParkedCall":
                places[one["ParkingSpace"]] = None
            elif one["Event"] in ("UnParkedCall", "ParkedCallGiveUp", "ParkedCallTimeOut"):
                places.pop(one["ParkingSpace"], None)
        return list(places)
