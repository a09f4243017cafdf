"""On whose behalf a channel acts: up the chain of dials and through Local pairs.

A ring group, a queue, a follow-me or a forward puts Local channels between the client and the
phone that rings; the chain of dials leads back to the party that began it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.domain.directory import AGENT, LOCAL
from bridge.tracker.world import Channel, Dial

_LONGEST_CHAIN: Final = 32


def chain(dial: Dial) -> Iterator[Dial]:
    """This dial and the ones that led to it, nearest first."""
    for _ in range(_LONGEST_CHAIN):
        yield dial
        caller = dial.caller
        upstream = None if caller is None or caller.role is not LOCAL else led_to(caller)
        if upstream is None:
            return
        dial = upstream


def first_of(dial: Dial) -> Dial:
    """The one that this dial, and all that led to it, began with."""
    return list(chain(dial))[-1]


def led_by(channel: Channel) -> str:
    """The unique id of the first channel up the chain of dials that led to this one: what its
    linkedid would be, where the PBX does not tell it (ARI)."""
    first = None if channel.dialled is None else first_of(channel.dialled).caller
    return channel.uniqueid if first is None else first.uniqueid


def led_to(local: Channel) -> Dial | None:
    """The dial that made this Local pair."""
    if local.dialled is not None and local.dialled.caller is not None:
        return local.dialled
    half = local.half
    if half is not None and half.dialled is not None and half.dialled.caller is not None:
        return half.dialled
    return None


def origin(channel: Channel) -> Channel | None:
    """The party (never a Local channel) that this channel acts for; itself if it is one.

    None where nobody is known yet.
    """
    for _ in range(_LONGEST_CHAIN):
        if channel.role is not LOCAL:
            return channel
        dial = led_to(channel)
        if dial is None or dial.caller is None:
            return _phone_behind(channel) if is_dialled(channel) else _who_asked(channel)
        channel = dial.caller
    return None


def is_dialled(local: Channel) -> bool:
    """Whether we were told that this Local pair was dialled, be it by Originate. The end of a dial
    alone does not say so: the answer of whom `*2` asked is told like one."""
    dials = (side.dialled for side in (local, local.half) if side is not None)
    return any(dial is not None and dial.told for dial in dials)


def _who_asked(local: Channel) -> Channel | None:
    """The feature code `*2` makes a Local channel without dialling it, and puts the phone of the
    one who asked into a bridge with it."""
    for side in (local.half, local if local.complete else None):
        for stay in side.episodes[:1] if side is not None else ():
            for other in stay.bridge.episodes:
                if other.channel.role is AGENT and not _rang(local, other.channel):
                    return other.channel
    return None


def _rang(local: Channel, phone: Channel) -> bool:
    return phone.dialled is not None and phone.dialled.caller is local


def _phone_behind(local: Channel) -> Channel | None:
    """Originate to a Local channel: the agent's phone is what its other half dialled."""
    half = local.half
    for side in (half, local):
        for dial in side.dials if side is not None else ():
            if dial.dest.role is AGENT:
                return dial.dest
            if dial.dest.role is LOCAL and dial.dest.half is not None:
                deeper = [d.dest for d in dial.dest.half.dials if d.dest.role is AGENT]
                if deeper:
                    return deeper[0]
    return None
