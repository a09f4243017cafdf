"""The client's conversation: which person each party is, and who was the last.

A wrong agent is worse than none: where an event that could name somebody else is known to be
lost, the responsible is None, and the reason is an oddity of the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.domain.directory import Role
from bridge.domain.numbers import e164
from bridge.domain.record import Direction
from bridge.tracker.call import Call
from bridge.tracker.dialled import dialled_number
from bridge.tracker.talk import Stretch, Unknown, heard
from bridge.tracker.world import Channel, Lost, World


@dataclass(frozen=True, slots=True)
class Spoken:
    """One agent in one stretch of the conversation."""

    agent: str
    stretch: Stretch


@dataclass(slots=True)
class Conversation:
    """`spoken` in order of first talk; `out` is the outside number the client was left with."""

    spoken: list[Spoken] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    out: str | None = None


def conversation(world: World, call: Call) -> Conversation:
    found = Conversation()
    outside: list[tuple[str, Stretch]] = []
    for client in call.clients:
        for item in heard(client):
            if isinstance(item, Unknown):
                found.unknown.append(item)
            elif item.party not in call.clients:
                _sort(world, call, item, found, outside)
    found.spoken.sort(key=lambda s: (s.stretch.begin.position, -s.stretch.end.position))
    last = max((s.stretch.end.position for s in found.spoken), default=-1)
    left_with = [number for number, stretch in outside if stretch.end.position > last]
    found.out = left_with[-1] if left_with else None
    return found


def _sort(
    world: World,
    call: Call,
    stretch: Stretch,
    found: Conversation,
    outside: list[tuple[str, Stretch]],
) -> None:
    party = stretch.party
    if party.role is Role.AGENT and party.extension is not None:
        found.spoken.append(Spoken(party.extension, stretch))
        return
    number = _number(world, party)
    owner = world.directory.extension_of_mobile(number)
    if owner is not None:
        found.spoken.append(Spoken(owner, stretch))
    elif number is None:
        found.unknown.append(Unknown(stretch.begin.position, stretch.end.position))
    elif party.call is not None or any(
        e164(handover.to, world.region) == number for handover in call.handovers
    ):
        outside.append((number, stretch))
    else:
        found.spoken.append(Spoken(number, stretch))


def _number(world: World, party: Channel) -> str | None:
    if party.call is not None:
        return party.call.client.number
    return e164(dialled_number(party), world.region)


def responsible(world: World, call: Call, found: Conversation) -> tuple[str | None, list[str]]:
    """The extension that talked with the client last, or None with the reasons why nobody can
    be named. Inbound and never answered: None, for no reason."""
    last = max(
        found.spoken,
        key=lambda s: (s.stretch.end.position, s.stretch.begin.position),
        default=None,
    )
    doubts = _doubts(world, call, found, last)
    if doubts:
        return None, doubts
    if last is not None:
        return last.agent, []
    outbound = call.direction is Direction.OUTBOUND and call.dialler is not None
    return (call.dialler.extension if outbound and call.dialler else None), []


def _doubts(world: World, call: Call, found: Conversation, last: Spoken | None) -> list[str]:
    doubts = []
    proven = last.stretch.proven if last else -1
    end = last.stretch.end.position if last else -1
    if any(unknown.end >= end for unknown in found.unknown):
        doubts.append("unknown_party")
    if last is not None and any(
        s.agent != last.agent and s.stretch.end.position > proven for s in found.spoken
    ):
        doubts.append("left_unseen")
    over = call.leg.ended.position if call.leg.ended else world.mark.position
    if any(resumed.position > proven and lost.position < over for lost, resumed in world.gaps):
        doubts.append("gap")
    if last is None and not all(client.complete for client in call.clients):
        doubts.append("start_not_seen")
    if not _end_is_clear(call):
        doubts.append("end_not_seen")
    return doubts


def _end_is_clear(call: Call) -> bool:
    """The Hangup was seen; or it was asked for; or the client was in no bridge when the PBX fell
    silent about him, so nobody can have come after the last one who talked."""
    client = call.leg
    if client.hung_up or client.asked_to_end:
        return True
    if client.ended is None:
        return False
    return client.lost is None or (
        client.lost is Lost.SILENCE and all(stay.doubt is None for stay in client.episodes)
    )
