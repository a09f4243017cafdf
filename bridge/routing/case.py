"""Case: all that the decision looks at; Path: what it came to, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import NamedTuple

from bridge.domain.entities import Match
from bridge.domain.fact import fact
from bridge.domain.routes import Decision
from bridge.routing.presence import Presence
from bridge.routing.settings import RoutingSettings
from bridge.rules.policy import Policy


@fact(frozen=True, slots=True, kw_only=True)
class Talked:
    """The extension that talked with this client last, and when that ended."""

    extension: str
    at: datetime


@fact(frozen=True, slots=True, kw_only=True)
class Case:
    """One client's call that asks for its way at the moment `at` (aware).

    `number` and `did` are E.164; `hidden` when the client sent no number at all. `matches` is what
    the CRM has of the number, None when it could not tell, and `late` when that was for want of
    time. `users` maps an extension to the CRM's user, `employees` a mobile (E.164) to its owner's
    extension. `country` is that of the number, `key` what was pressed in a menu.
    """

    at: datetime
    number: str | None
    did: str | None
    hidden: bool = False
    matches: tuple[Match, ...] | None = ()
    late: bool = False
    users: Mapping[str, str] = field(default_factory=dict)
    presence: Mapping[str, Presence] = field(default_factory=dict)
    last_talk: Talked | None = None
    employees: Mapping[str, str] = field(default_factory=dict)
    country: str | None = None
    key: str | None = None
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    policy: Policy = field(default_factory=Policy)

    @property
    def of_client(self) -> tuple[Match, ...]:
        """What the CRM has of a client: nothing where an employee calls, whatever it has of the
        mobile."""
        return () if self.number in self.employees else self.matches or ()

    def extension_of(self, user: str | None) -> str | None:
        """The extension of this user of the CRM, the first of several."""
        return next(iter(self.extensions_of(user)), None)

    def extensions_of(self, user: str | None) -> list[str]:
        """All of this user of the CRM."""
        return [extension for extension, one in self.users.items() if user and one == user]


class Considered(NamedTuple):
    """One way that was looked at, and why it is or is not the call's."""

    way: str
    why: str
    taken: bool = False


@fact(frozen=True, slots=True, kw_only=True)
class Path:
    """The decision, and every way looked at, in order."""

    decision: Decision
    considered: tuple[Considered, ...]
