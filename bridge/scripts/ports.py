"""Ports: what scripts need of the world outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bridge.domain.routes import Asked
from bridge.routing.case import Case
from bridge.routing.presence import Presence
from bridge.scripts.actions import Action, Answer, Question, To


class NotDone(Exception):
    """The action did not take effect, or nobody can tell; the text says what to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a call can be acted upon now: the unique ids of the client's channel and of those of
    the agents that talk with the client, by extension; of any channel, `known` tells whether it
    was heard of and `lives` whether it is still there."""

    client: str
    agents: Mapping[str, str] = field(default_factory=dict)
    known: Callable[[str], object] = lambda channel: True
    lives: Callable[[str], bool] = lambda channel: False

    def hearers(self, to: To) -> list[str]:
        """The channels into which a prompt is played. Raises NotDone when nobody is there."""
        found = [self.client] if to is To.CLIENT else list(self.agents.values())
        if not found:
            raise NotDone("no agent talks with the client now")
        return found


class Sight(Protocol):
    """Who the client is, and what telephones do."""

    async def case(self, asked: Asked) -> Case:
        """Bounded in time; what could not be told in it is not there."""
        ...

    def presence(self) -> Mapping[str, Presence]: ...


class Hands(Protocol):
    """Whoever does what a script wants."""

    async def do(self, call_id: str, action: Action, case: Case) -> None:
        """Once. Raises NotDone."""
        ...


class Addresses(Protocol):
    """Addresses and databases outside that scripts ask."""

    async def ask(self, question: Question, event: str, id: str) -> Answer:
        """Never raises for what the address or the network does."""
        ...
