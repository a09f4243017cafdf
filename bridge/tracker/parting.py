"""Ended channels: remembered a while for events that come late, then parted from all they met.

Channels know each other in rings. Left to the collector, those of some thousand calls were looked
through at once, and nobody was answered meanwhile.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from bridge.tracker.world import Channel, World

REMEMBERED: Final = 1024
_MOST_IN_A_KNOT: Final = 64  # a larger one is the collector's
_TIES: Final = attrgetter(
    *("half", "dialled", "call", "dials", "legs", "answers", "named_by", "episodes", "recorders")
)


def part_from_oldest(world: World) -> None:
    """Remember no more ended channels than so many."""
    if len(world.gone) > REMEMBERED:
        _, oldest = world.gone.popitem(last=False)
        if any(_TIES(oldest)):  # else it was parted with another
            for channel in _knot(world, oldest):
                _part(channel)


def _knot(world: World, channel: Channel) -> list[Channel]:
    """All that this one hangs together with; nobody as long as something of it goes on."""
    knot, met = [channel], {channel}
    for one in knot:
        if _goes_on(world, one) or len(knot) > _MOST_IN_A_KNOT:
            return []
        others = _met(one) - met
        met |= others
        knot += others
    return knot


def _goes_on(world: World, channel: Channel) -> bool:
    """It has not ended, its call is not told, or a bridge that it was in may yet name somebody."""
    if channel.ended is None or (channel.call and channel.call.call_id in world.calls):
        return True
    return any(stay.bridge.id in world.bridges for stay in channel.episodes)


def _met(channel: Channel) -> set[Channel]:
    met = {dial.dest for dial in channel.dials + channel.legs}
    met.update(channel.named_by)
    if channel.half is not None:
        met.add(channel.half)
    if channel.dialled is not None and channel.dialled.caller is not None:
        met.add(channel.dialled.caller)
    if channel.answers:
        met.update([phone for _, phone in channel.answers])
    for stay in channel.episodes:
        met.update([other.channel for other in stay.bridge.episodes])
    return met


def _part(channel: Channel) -> None:
    for stay in channel.episodes:
        stay.bridge.episodes.clear()
    channel.half = channel.dialled = channel.call = None
    channel.dials = channel.legs = channel.answers = channel.named_by = ()
    channel.episodes = channel.recorders = ()
