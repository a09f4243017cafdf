"""The first routes there are: a client whom a CRM knows goes to the owner of his entity.

Presence, schedules, deputies, language and priority are not asked yet: an owner who does not
answer in time leaves the call to the DID's own group, which the dialplan does by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from bridge.agi.settings import AgiSettings
from bridge.domain.entities import EntityKind, Match
from bridge.domain.numbers import e164
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.domain.routes import Asked, Caller, Decision, RouteStatus
from bridge.outbox.destination import Destination
from bridge.rules.case import Known
from bridge.rules.entity import winner

log = structlog.get_logger(__name__)

Matches = tuple[Match, ...]


class OwnerRoutes:
    """Asks every CRM at once; the first of `destinations` that knows the client decides.
    `region` reads national numbers and may be replaced while it works."""

    def __init__(
        self, destinations: Sequence[Destination], region: str, settings: AgiSettings
    ) -> None:
        self.region = region
        self._destinations = destinations
        self._settings = settings

    async def route(self, asked: Asked) -> Decision:
        """The owner's extension; OFF when no CRM could be asked."""
        number = e164(asked.number, self.region)
        if number is None:
            return Decision(status=RouteStatus.UNKNOWN)
        answers = await self._ask(number)
        if answers and all(matches is None for matches in answers):
            return Decision(status=RouteStatus.OFF)
        for destination, matches in zip(self._destinations, answers, strict=True):
            if matches:
                return to_owner(matches, destination, self._settings)
        return Decision(status=RouteStatus.UNKNOWN)

    async def lookup(self, asked: Asked) -> Caller:
        """The name and the company of the entity that takes this number's calls."""
        number = e164(asked.number, self.region)
        answers = await self._ask(number) if number else []
        for destination, matches in zip(self._destinations, answers, strict=False):
            if matches:
                match = winner(Known(matches=matches), destination.policy).match
                return Caller(name=_name(match) or "", company=_company(match, matches))
        return Caller()

    async def say(self, asked: Asked) -> tuple[str, ...]:
        """Nothing: no rule has a prompt yet."""
        return ()

    async def _ask(self, number: str) -> list[Matches | None]:
        """What each CRM has of this number, None where one cannot tell."""
        return await asyncio.gather(*(_looked_up(to, number) for to in self._destinations))


def to_owner(matches: Matches, destination: Destination, settings: AgiSettings) -> Decision:
    """Where a known client goes. Nobody is named when the number is that of several clients with
    different owners, or when the owner has no extension: a wrong agent is worse than none."""
    won = winner(Known(matches=matches), destination.policy)
    if won.ambiguous and len({match.owner for match in matches}) > 1:
        return Decision(status=RouteStatus.UNKNOWN, label="shared number")
    extension = _extension(destination.users, won.match.owner)
    if extension is None:
        return Decision(status=RouteStatus.UNKNOWN, name=_name(won.match))
    return Decision(
        status=RouteStatus.OK,
        owner=extension,
        dial=settings.dial.replace("{extension}", extension),
        timeout=settings.ring_seconds,
        name=_name(won.match),
        label="owner",
    )


def _extension(users: Mapping[str, str], owner: str | None) -> str | None:
    return next((extension for extension, user in users.items() if user == owner), None)


def _name(match: Match) -> str | None:
    """Of a person or a company; the title of a lead is no name."""
    return None if match.entity.kind is EntityKind.LEAD else match.name


def _company(match: Match, matches: Matches) -> str:
    named = (other.name for other in matches if other.entity.id == match.company)
    return next(named, "")


async def _looked_up(destination: Destination, number: str) -> Matches | None:
    try:
        return tuple(await destination.crm.lookup(number))
    except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
        log.warning("route.crm_silent", crm=destination.name, why=str(error))
        return None
