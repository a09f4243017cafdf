"""Routes: the facts of a call gathered in time, and the decision that is made of them.

Each fact has its own place, which bounds how long it may take; none that fails or is late costs
more than itself: the decision is made without it, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from bridge.domain.entities import Match
from bridge.domain.fact import fact
from bridge.domain.numbers import country, e164, withheld
from bridge.domain.routes import Asked, Caller, Decision
from bridge.outbox.destination import Destination
from bridge.routing.case import Case, Path, Talked
from bridge.routing.decide import decide, decided, hangs_on_last_talk
from bridge.routing.presence import Presence
from bridge.routing.settings import RoutingSettings
from bridge.routing.treatment import company, name, won
from bridge.rules.policy import Policy

Matches = tuple[Match, ...]


class Numbers(Protocol):
    """What one CRM has of a number, wherever that is kept."""

    def at_hand(self, number: str) -> Matches:
        """Raises NotAtHand where that has to be waited for."""
        ...

    async def matches(self, number: str, within: float) -> Matches | None:
        """None when the CRM cannot tell. Raises TimeoutError after `within` seconds."""
        ...


class LastTalks(Protocol):
    """Who talked with a client last."""

    def at_hand(self, number: str) -> Talked | None:
        """Raises NotAtHand where that has to be waited for."""
        ...

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


@fact(frozen=True, slots=True)
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

    def at_once(self, asked: Asked) -> Decision:
        number = e164(asked.number, self.company.region)
        case = self._case(asked, self._now(), number, self._told_at_hand(number))
        decision = decided(case)
        if number is not None and hangs_on_last_talk(decision, case):
            decision = decided(replace(case, last_talk=self._talks.at_hand(number)))
        return decision

    async def route(self, asked: Asked) -> Decision:
        return (await self.path(asked)).decision

    async def path(self, asked: Asked, at: datetime | None = None) -> Path:
        """The decision, and why not the others; as if it were `at` then."""
        case = await self._facts(asked, at or self._now())
        path = decide(case)
        if hangs_on_last_talk(path.decision, case):
            path = decide(await self._with_last_talk(case))
        return path

    async def case(self, asked: Asked) -> Case:
        """The facts of this call, now; who talked last is not among them."""
        return await self._facts(asked, self._now())

    def presence(self) -> Mapping[str, Presence]:
        return self._presence()

    async def lookup(self, asked: Asked) -> Caller:
        case = await self._facts(asked, self._now())
        chosen = won(case)
        return Caller(name=name(chosen) or "", company=company(chosen, case) or "")

    async def say(self, asked: Asked) -> tuple[str, ...]:
        return decided(await self._facts(asked, self._now())).say

    async def _facts(self, asked: Asked, at: datetime) -> Case:
        """All but the last talk."""
        number = e164(asked.number, self.company.region)
        return self._case(asked, at, number, await self._told(number))

    async def _with_last_talk(self, case: Case) -> Case:
        if case.number is None or not case.settings.last_talker_days:
            return case
        return replace(case, last_talk=await self._talks.with_client(case.number))

    def _case(self, asked: Asked, at: datetime, number: str | None, told: _Told) -> Case:
        company = self.company
        return Case(
            at=at,
            number=number,
            did=e164(asked.did, company.region),
            hidden=number is None and withheld(asked.number),
            matches=told.matches,
            late=told.late,
            users=told.users,
            presence=self._presence(),
            employees=company.employees,
            country=country(number) if number else None,
            key=asked.words.get("key"),
            settings=company.settings,
            policy=told.policy,
        )

    def _told_at_hand(self, number: str | None) -> _Told:
        if number is None or not self._sources:
            return _NOTHING_TOLD
        told = [_at_hand(source, number) for source in self._sources]
        return told[0] if len(told) == 1 else max(told, key=_worth)

    async def _told(self, number: str | None) -> _Told:
        if number is None or not self._sources:
            return _NOTHING_TOLD
        if len(self._sources) == 1:  # gathering one costs more than the one
            return await self._ask(self._sources[0], number)
        return max(
            await asyncio.gather(*(self._ask(to, number) for to in self._sources)), key=_worth
        )

    async def _ask(self, source: Source, number: str) -> _Told:
        to = source.destination
        try:
            matches = await source.numbers.matches(number, self._within)
        except TimeoutError:
            return _Told(None, True, to.users, to.policy)
        return _Told(matches, False, to.users, to.policy)


_NOTHING_TOLD: Final = _Told()


def _at_hand(source: Source, number: str) -> _Told:
    to = source.destination
    return _Told(source.numbers.at_hand(number), False, to.users, to.policy)


def _worth(told: _Told) -> int:
    """Who knows the client before who knows that he is unknown, before who cannot tell; among
    equals the first of the configuration."""
    if told.matches is None:
        return 0
    return 2 if told.matches else 1
