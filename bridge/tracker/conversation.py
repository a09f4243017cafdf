"""The client's conversation: which person each party is, and who was the last.

A wrong agent is worse than none: where an event that could name somebody else is known to be
lost, the responsible is None, and the reason is an oddity of the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bridge.domain.directory import AGENT
from bridge.domain.fact import fact
from bridge.domain.numbers import e164
from bridge.domain.record import Direction
from bridge.tracker.call import Call
from bridge.tracker.dialled import dialled_number
from bridge.tracker.origin import origin
from bridge.tracker.talk import Stretch, Unknown, heard
from bridge.tracker.unheard import went_unheard
from bridge.tracker.world import Channel, Lost, Mark, World


@fact(frozen=True, slots=True)
class Spoken:
    """One agent in one stretch of the conversation."""

    agent: str
    stretch: Stretch


@dataclass(slots=True)
class Conversation:
    """`spoken` in order of first talk; `out` is the outside number the client was left with;
    `until` is the last position at which anybody was heard."""

    spoken: list[Spoken] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    out: str | None = None
    until: int = -1


def conversation(world: World, call: Call) -> Conversation:
    """Who talked with the client, as far as the events prove it."""
    found = Conversation()
    outside: list[tuple[str, Stretch]] = []
    for client in call.clients:
        for item in heard(client):
            if isinstance(item, Unknown):
                found.unknown.append(item)
                found.until = max(found.until, item.end)
            elif item.party not in call.clients:
                found.until = max(found.until, item.end.position)
                _sort(world, item, found, outside)
    found.spoken.sort(key=_order)
    if outside:
        _place_outsiders(world, call, found, outside)
        found.spoken.sort(key=_order)
    for mark, party in call.told:
        _believe(found, mark, party)
    return found


def _believe(found: Conversation, mark: Mark, party: Channel) -> None:
    """Up to this mark that party was the last: whoever else talked by then came before."""
    agent = party.extension or ""
    before = [share for share in found.spoken if share.stretch.end.position <= mark.position]
    last = max(before, key=_latest, default=None)
    if last is not None and last.agent == agent:
        proven = Spoken(agent, replace(last.stretch, proven=mark.position))
        found.spoken[found.spoken.index(last)] = proven
    else:
        unseen = Mark(mark.position, None)
        found.spoken.append(Spoken(agent, Stretch(party, unseen, unseen, mark.position)))
        found.spoken.sort(key=_order)
    found.unknown = [one for one in found.unknown if one.end > mark.position]
    found.until = max(found.until, mark.position)


def _latest(share: Spoken) -> tuple[int, int]:
    return share.stretch.end.position, share.stretch.begin.position


def _order(share: Spoken) -> tuple[int, int]:
    return share.stretch.begin.position, -share.stretch.end.position


def _sort(
    world: World, stretch: Stretch, found: Conversation, outside: list[tuple[str, Stretch]]
) -> None:
    party = stretch.party
    if party.role is AGENT and party.extension is not None:
        found.spoken.append(Spoken(party.extension, stretch))
        return
    number = _number(world, party)
    owner = world.directory.extension_of_mobile(number)
    if owner is not None:
        found.spoken.append(Spoken(owner, stretch))
    elif number is None:
        found.unknown.append(Unknown(stretch.begin.position, stretch.end.position))
    else:
        outside.append((number, stretch))


def _place_outsiders(
    world: World, call: Call, found: Conversation, outside: list[tuple[str, Stretch]]
) -> None:
    """An outside phone that answers for the company is an agent; one that the client was sent
    to is not; and where a lost event leaves both possible, it is nobody that can be named."""
    talked = [share.stretch.end.position for share in found.spoken]
    for number, stretch in outside:
        if stretch.party.call is not None or _sent_to(world, call, number):
            if stretch.end.position > max(talked, default=-1):
                found.out = number
        elif _answers_for_us(world, call, stretch, talked):
            found.spoken.append(Spoken(number, stretch))
        else:
            found.unknown.append(Unknown(stretch.begin.position, stretch.end.position))


def _sent_to(world: World, call: Call, number: str) -> bool:
    return any(e164(handover.to, world.region) == number for handover in call.handovers)


def _answers_for_us(world: World, call: Call, stretch: Stretch, talked: list[int]) -> bool:
    """It was rung for the client, and nobody had talked before, or a known move led there."""
    dial = stretch.party.dialled
    if dial is None or dial.caller is None or origin(dial.caller) not in call.clients:
        return False
    if not all(client.complete for client in call.clients) or _in_a_gap(world, call, -1):
        return False
    before = [end for end in talked if end <= dial.began.position]
    return not before or any(mark.position >= before[-1] for mark, _ in call.moved)


def _number(world: World, party: Channel) -> str | None:
    if party.call is not None:
        return party.call.client.number
    return e164(dialled_number(party), world.region)


def responsible(world: World, call: Call, found: Conversation) -> tuple[str | None, list[str]]:
    """The extension that talked with the client last, or None with the reasons why nobody can
    be named. Inbound and never answered: None, for no reason."""
    last = max(found.spoken, key=_latest, default=None)
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
    if went_unheard(call, found.until, last.stretch.party if last else None):
        doubts.append("answered_unseen")
    if _in_a_gap(world, call, proven):
        doubts.append("gap")
    if last is None and not _start_is_clear(call):
        doubts.append("start_not_seen")
    if not _end_is_clear(call):
        doubts.append("end_not_seen")
    return doubts


def _in_a_gap(world: World, call: Call, proven: int) -> bool:
    """Whether events may be missing from the time after the last proven word with the client
    and before he hung up."""
    if world.gap is None and not world.gaps:
        return False
    since = max(proven, call.clients[0].born.position)
    client = call.leg
    over = (client.hung_up or client.ended or world.mark).position
    gaps = [*world.gaps, (world.gap, world.mark)] if world.gap is not None else world.gaps
    return any(back.position > since and lost.position < over for lost, back in gaps)


def _start_is_clear(call: Call) -> bool:
    """Nor did a dial end whose beginning was not seen: a transfer gives it to another meanwhile."""
    dials = (client.dialled for client in call.clients)
    clear = all(dial is None or dial.told for dial in dials)
    return clear and all(client.complete for client in call.clients)


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
