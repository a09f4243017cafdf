"""Card: who should have the card of a call open now, decided from what happens in the call.

While it rings: everybody whose phone rings. Once somebody talks with the client: he, and whoever
is rung for the call from then on (a transfer). The last one who talked keeps the card while nobody
does, for a client on hold is still his.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bridge.domain.call_events import (
    AgentRinging,
    AgentStoppedRinging,
    CallEvent,
    CallFinished,
    CallStarted,
    TalkChanged,
)
from bridge.domain.ports import LiveCall
from bridge.domain.record import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`ringing` names an agent once for each phone of his that rings; `having` are those who
    dialled the client, or talked last. All are extensions."""

    started: CallStarted
    ringing: tuple[str, ...] = ()
    having: tuple[str, ...] = ()
    over: bool = False

    @property
    def call_id(self) -> str:
        return self.started.call_id

    def holders(self, users: Mapping[str, str]) -> tuple[str, ...]:
        """The CRM's users who should see it, who has the client first."""
        agents = (*self.having, *self.ringing)
        return tuple(dict.fromkeys(users[agent] for agent in agents if agent in users))

    def live_call(self, user: str) -> LiveCall:
        """The announcement of the call, opened at this user (the CRM's id)."""
        told = self.started
        return LiveCall(
            call_id=told.call_id,
            direction=told.direction,
            client=told.client,
            did=told.did,
            user=user,
            started_at=told.at,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Users at whom the card opens, and those at whom it closes."""

    show: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()


def card_of(event: CallStarted, *, hidden: bool) -> Card | None:
    """The card of a call that begins; None for calls inside the company, and, unless `hidden` are
    wanted too, for clients without a number."""
    if event.direction is Direction.INTERNAL or not (event.client.number or hidden):
        return None
    return Card(started=event, having=(event.agent,) if event.agent else ())


def after(card: Card, event: CallEvent) -> Card:
    """The card once this has happened in its call."""
    match event:
        case AgentRinging(agent=agent):
            return replace(card, ringing=(*card.ringing, agent))
        case AgentStoppedRinging(agent=agent):
            return replace(card, ringing=_less_one(card.ringing, agent))
        case TalkChanged(agents=agents) if agents:
            return replace(card, having=agents)
        case CallFinished():
            return replace(card, over=True)
    return card


def change(card: Card, users: Mapping[str, str], shown: Iterable[str]) -> Change:
    """What to do so that everybody who should see the card does, and nobody else. The card of a
    call that is over is closed by its log."""
    if card.over:
        return Change()
    wanted, before = card.holders(users), tuple(shown)
    return Change(
        show=tuple(user for user in wanted if user not in before),
        hide=tuple(user for user in before if user not in wanted),
    )


def _less_one(agents: tuple[str, ...], agent: str) -> tuple[str, ...]:
    if agent not in agents:
        return agents
    place = agents.index(agent)
    return (*agents[:place], *agents[place + 1 :])
