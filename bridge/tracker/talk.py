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
from bridge.tracker.world import START, Channel, Episode, Mark, MixingBridge

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


def heard(channel: Channel) -> list[Stretch | Unknown]:
    """Every party in the order of bridges; Local channels and machinery are looked through."""
    found: list[Stretch | Unknown] = []
    if channel.episodes:
        _reach(found, channel, START, FOREVER, FOREVER.position, ())
    return found


def now_heard(channel: Channel) -> list[Channel]:
    """The parties that share audio with the channel at this moment."""
    found: list[Channel] = []
    waiting: list[Channel | None] = [channel]
    met: list[MixingBridge] = []
    while waiting:
        here = waiting.pop()
        stay = here.stay if here is not None else None
        if stay is None or not stay.bridge.mixing or stay.bridge in met:
            continue
        met.append(stay.bridge)
        for other in stay.bridge.members.values():
            party = other.channel
            if party.role is Role.LOCAL:
                waiting.append(party.half)
            elif party is not channel and party.role is not Role.MACHINERY:
                found.append(party)
    return found


def _reach(
    found: list[Stretch | Unknown],
    channel: Channel,
    begin: Mark,
    end: Mark,
    proven: int,
    through: tuple[MixingBridge, ...],
) -> None:
    for stay in channel.episodes:
        bridge = stay.bridge
        if not bridge.mixing or bridge in through:
            continue
        lo, hi = _later(begin, stay.begin), _earlier(end, stay.end)
        if lo.position >= hi.position:
            continue
        found += _strangers(bridge, lo.position, hi.position)
        sure, beyond = _sure(proven, stay), (*through, bridge)
        for other in bridge.episodes:
            if other is not stay:
                _meet(found, channel, other, lo, hi, sure, beyond)


def _strangers(bridge: MixingBridge, lo: int, hi: int) -> Iterator[Unknown]:
    spans = bridge.unnamed
    if bridge.strangers:
        spans = [*spans, (bridge.exact, FOREVER.position)]
    for begin, end in spans:
        if max(begin, lo) < min(end, hi):
            yield Unknown(max(begin, lo), min(end, hi))


def _meet(
    found: list[Stretch | Unknown],
    channel: Channel,
    other: Episode,
    lo: Mark,
    hi: Mark,
    proven: int,
    through: tuple[MixingBridge, ...],
) -> None:
    party = other.channel
    if party is channel or party.role is Role.MACHINERY:
        return
    begin, end = _later(lo, other.begin), _earlier(hi, other.end)
    if begin.position >= end.position:
        return
    sure = _sure(proven, other)
    if party.role is not Role.LOCAL:
        found.append(Stretch(party, begin, end, min(sure, end.position)))
    elif party.half is not None:
        _reach(found, party.half, begin, end, sure, through)
    else:
        found.append(Unknown(begin.position, end.position))


def _later(one: Mark, other: Mark) -> Mark:
    return one if one.position >= other.position else other


def _earlier(one: Mark, other: Mark | None) -> Mark:
    return one if other is None or one.position <= other.position else other


def _sure(proven: int, stay: Episode) -> int:
    return proven if stay.doubt is None else min(proven, stay.doubt)


def seconds(begin: datetime | None, end: datetime | None) -> float | None:
    """Never negative: PBX clocks step back."""
    if begin is None or end is None:
        return None
    return max(0.0, (end - begin).total_seconds())
