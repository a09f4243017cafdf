"""Routes: the facts of a call gathered in time, and the decision that is made of them.

Each fact has its own place, which bounds how long it may take; none that fails or is late costs
more than itself: the decision is made without it, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from bridge.domain.entities import Match
from bridge.domain.numbers import country, e164
from bridge.domain.routes import Asked, Caller, Decision
from bridge.outbox.destination import Destination
from bridge.routing.case import Case, Path, Talked
from bridge.routing.decide import decide
from bridge.routing.presence import Presence
from bridge.routing.settings import RoutingSettings
from bridge.routing.treatment import company, name, won
from bridge.rules.policy import Policy

Matches = tuple[Match, ...]


class Numbers(Protocol):
    """What one CRM has of a number, wherever that is kept."""

    async def matches(self, number: str, within: float) -> Matches | None:
        """None when the CRM cannot tell. Raises TimeoutError after `within` seconds."""
        ...


class LastTalks(Protocol):
    """Who talked with a client last."""

    async def with_client(self, number: str) -> Talked | None:
        """Nobody, too, when that is not known in time; never raises."""
        ...


@dataclass(slots=True, kw_only=True)
class Source:
    """A CRM: its users and its rules, and where its answers are kept."""

    destination: Destination
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What the configuration says; `employees` are mobiles (E.164) by their owner's extension."""

    region: str = "RU"
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    employees: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the CRMs say of a number, by the first of them that knows it."""

    matches: Matches | None = ()
    late: bool = False
    users: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)


class ClientRoutes:
    """`within`: seconds that CRMs have. `company` may be replaced while it works.

    Every CRM is asked at once; the first of `sources` that knows the client decides.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        company: Company,
        talks: LastTalks,
        presence: Callable[[], Mapping[str, Presence]],
        within: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.company = company
        self._sources = sources
        self._talks = talks
        self._presence = presence
        self._within = within
        self._now = now

    async def route(self, asked: Asked) -> Decision:
        return (await self.path(asked)).decision

    async def path(self, asked: Asked, at: datetime | None = None) -> Path:
        """The decision, and why not the others; as if it were `at` then."""
        return decide(await self._case(asked, at or self._now()))

    async def case(self, asked: Asked) -> Case:
        """The facts of this call, now."""
        return await self._case(asked, self._now())

    def presence(self) -> Mapping[str, Presence]:
        return self._presence()

    async def lookup(self, asked: Asked) -> Caller:
        case = await self._case(asked, self._now())
        chosen = won(case)
        return Caller(name=name(chosen) or "", company=company(chosen, case) or "")

    async def say(self, asked: Asked) -> tuple[str, ...]:
        """Nothing: no rule has a prompt yet."""
        return ()

    async def _case(self, asked: Asked, at: datetime) -> Case:
        region, settings = self.company.region, self.company.settings
        number = e164(asked.number, region)
        talked = None
        if number and settings.last_talker_days:
            talked = await self._talks.with_client(number)
        told = await self._told(number) if number else _Told()
        return Case(
            at=at,
            number=number,
            did=e164(asked.did, region),
            matches=told.matches,
            late=told.late,
            users=told.users,
            presence=self._presence(),
            last_talk=talked,
            employees=self.company.employees,
            country=country(number) if number else None,
            key=asked.words.get("key"),
            settings=settings,
            policy=told.policy,
        )

    async def _told(self, number: str) -> _Told:
        answers = [_Told()]
        if len(self._sources) == 1:  # gathering one costs more than the one
            answers = [await self._ask(self._sources[0], number)]
        elif self._sources:
            answers = await asyncio.gather(*(self._ask(to, number) for to in self._sources))
        return max(answers, key=_worth)

    async def _ask(self, source: Source, number: str) -> _Told:
        to = source.destination
        try:
            matches = await source.numbers.matches(number, self._within)
        except TimeoutError:
            return _Told(None, True, to.users, to.policy)
        return _Told(matches, False, to.users, to.policy)


def _worth(told: _Told) -> int:
    """Who knows the client before who knows that he is unknown, before who cannot tell; among
    equals the first of the configuration."""
    if told.matches is None:
        return 0
    return 2 if told.matches else 1
