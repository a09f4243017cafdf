"""Who shared audio with a channel, and when: mixing bridges joined over Local pairs.

Never from ANSWER, Up or DialEnd. A Local half with nobody behind it leads nowhere, so a
confirmation that was not pressed, a mailbox or an announcement is nobody who talked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bridge.domain.directory import Role
from bridge.domain.fact import fact
from bridge.tracker.world import Channel, Episode, Mark, MixingBridge

FOREVER: Final = Mark(1 << 62, None)


@fact(frozen=True, slots=True)
class Stretch:
    """`party` and the channel asked about heard each other. From `proven` on, an event is known
    to be lost and the party may have left already."""

    party: Channel
    begin: Mark
    end: Mark
    proven: int


@fact(frozen=True, slots=True)
class Unknown:
    """Somebody whom no event names shared audio with the channel asked about."""

    begin: int
    end: int


def heard(channel: Channel) -> Iterator[Stretch | Unknown]:
    """Every party in the order of bridges; Local channels and machinery are looked through."""
    yield from _reach(channel, Mark(0, None), FOREVER, FOREVER.position, ())


def now_heard(channel: Channel) -> list[Channel]:
    """The parties that share audio with the channel at this moment."""
    found: list[Channel] = []
    if channel.stay is None:
        return found
    waiting, met = [channel], set[str]()
    while waiting:
        here = waiting.pop()
        stay = here.stay
        if stay is None or not stay.bridge.mixing or stay.bridge.id in met:
            continue
        met.add(stay.bridge.id)
        for other in stay.bridge.members.values():
            party = other.channel
            if party.role is Role.LOCAL:
                if party.half is not None:
                    waiting.append(party.half)
            elif party is not channel and party.role is not Role.MACHINERY:
                found.append(party)
    return found


def _reach(
    channel: Channel, begin: Mark, end: Mark, proven: int, through: tuple[MixingBridge, ...]
) -> Iterator[Stretch | Unknown]:
    for stay in channel.episodes:
        bridge = stay.bridge
        if not bridge.mixing or bridge in through:
            continue
        lo, hi = max(begin, stay.begin, key=_position), _earlier(end, stay.end)
        if lo.position >= hi.position:
            continue
        sure = _sure(proven, stay)
        yield from _strangers(bridge, lo.position, hi.position)
        for other in bridge.episodes:
            yield from _meet(channel, other, lo, hi, sure, (*through, bridge))


def _strangers(bridge: MixingBridge, lo: int, hi: int) -> Iterator[Unknown]:
    spans = bridge.unnamed
    if bridge.strangers:
        spans = [*spans, (bridge.exact, FOREVER.position)]
    for begin, end in spans:
        if max(begin, lo) < min(end, hi):
            yield Unknown(max(begin, lo), min(end, hi))


def _meet(
    channel: Channel,
    other: Episode,
    lo: Mark,
    hi: Mark,
    proven: int,
    through: tuple[MixingBridge, ...],
) -> Iterator[Stretch | Unknown]:
    party = other.channel
    if party is channel or party.role is Role.MACHINERY:
        return
    begin, end = max(lo, other.begin, key=_position), _earlier(hi, other.end)
    if begin.position >= end.position:
        return
    sure = _sure(proven, other)
    if party.role is not Role.LOCAL:
        yield Stretch(party, begin, end, min(sure, end.position))
    elif party.half is not None:
        yield from _reach(party.half, begin, end, sure, through)
    else:
        yield Unknown(begin.position, end.position)


def _position(mark: Mark) -> int:
    return mark.position


def _earlier(one: Mark, other: Mark | None) -> Mark:
    return one if other is None or one.position <= other.position else other


def _sure(proven: int, stay: Episode) -> int:
    return proven if stay.doubt is None else min(proven, stay.doubt)


def seconds(begin: datetime | None, end: datetime | None) -> float | None:
    """Never negative: PBX clocks step back."""
    if begin is None or end is None:
        return None
    return max(0.0, (end - begin).total_seconds())
