"""Who shared audio with a channel, and when: mixing bridges joined over Local pairs.

Never from ANSWER, Up or DialEnd. A Local half with nobody behind it leads nowhere, so a
confirmation that was not pressed, a mailbox or an announcement is nobody who talked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bridge.domain.directory import LOCAL, MACHINERY
from bridge.domain.fact import fact
from bridge.tracker.world import START, Channel, Episode, Mark, MixingBridge

FOREVER: Final = Mark(1 << 62, None)
_MOST_IN_A_ROW: Final = 32
_MOST_BRIDGES: Final = 1000
_MOST_NOW: Final = 200  # asked at every change of a bridge


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


@dataclass(slots=True, eq=False)
class _Walk:
    """From one channel outwards, over so many bridges: what lies further is somebody unknown. (No
    dialplan gets there, but channels may be joined in millions of ways.)"""

    found: list[Stretch | Unknown] = field(default_factory=list)
    left: int = _MOST_BRIDGES


def heard(channel: Channel) -> list[Stretch | Unknown]:
    """Every party in the order of bridges; Local channels and machinery are looked through."""
    walk = _Walk()
    if channel.episodes:
        _reach(walk, channel, START, FOREVER, FOREVER.position, ())
    return walk.found


def now_heard(channel: Channel) -> list[Channel]:
    """The parties that share audio with the channel at this moment."""
    if channel.stay is None:
        return []
    found: list[Channel] = []
    bridges = [channel.stay.bridge]
    for bridge in bridges:
        if not bridge.mixing:
            continue
        for stay in bridge.members.values():
            party = stay.channel
            if party is channel:
                continue
            if party.role is LOCAL:
                half = party.half
                if half is None or half.stay is None or len(bridges) == _MOST_NOW:
                    continue
                if half.stay.bridge not in bridges:
                    bridges.append(half.stay.bridge)
            elif party.role is not MACHINERY:
                found.append(party)
    return found


def _reach(
    walk: _Walk,
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
        walk.left -= 1
        if walk.left < 0 or len(through) == _MOST_IN_A_ROW:
            walk.found.append(Unknown(lo.position, hi.position))
            continue
        walk.found += _strangers(bridge, lo.position, hi.position)
        sure, beyond = _sure(proven, stay), (*through, bridge)
        for other in bridge.episodes:
            if other is not stay:
                _meet(walk, channel, other, lo, hi, sure, beyond)


def _strangers(bridge: MixingBridge, lo: int, hi: int) -> list[Unknown]:
    spans = bridge.unnamed
    if bridge.strangers:
        spans = [*spans, (bridge.exact, FOREVER.position)]
    return [
        Unknown(max(begin, lo), min(end, hi)) for begin, end in spans if begin < hi and end > lo
    ]


def _meet(
    walk: _Walk,
    channel: Channel,
    other: Episode,
    lo: Mark,
    hi: Mark,
    proven: int,
    through: tuple[MixingBridge, ...],
) -> None:
    party = other.channel
    if party is channel or party.role is MACHINERY:
        return
    begin, end = _later(lo, other.begin), _earlier(hi, other.end)
    if begin.position >= end.position:
        return
    sure = _sure(proven, other)
    if party.role is not LOCAL:
        walk.found.append(Stretch(party, begin, end, min(sure, end.position)))
    elif party.half is not None:
        _reach(walk, party.half, begin, end, sure, through)
    else:
        walk.found.append(Unknown(begin.position, end.position))


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
