"""Ended channels: remembered a while for events that come late, then parted from all they met.

Channels know each other in rings. Left to the collector, those of some thousand calls were looked
through at once, and nobody was answered meanwhile.
"""

from __future__ import annotations

from typing import Final

from bridge.tracker.world import Channel, World

REMEMBERED: Final = 1024
_MOST_IN_A_KNOT: Final = 64  # a larger one is the collector's


def part_from_oldest(world: World) -> None:
    """Remember no more ended channels than so many."""
    if len(world.gone) > REMEMBERED:
        _, oldest = world.gone.popitem(last=False)
        knot = _knot(world, oldest)
        for channel in knot:
            _part(channel)


def _knot(world: World, channel: Channel) -> list[Channel]:
    """All that this one hangs together with; nobody as long as one of them has not ended, or a
    call of theirs is not told."""
    knot, met = [channel], {channel}
    for one in knot:
        untold = one.call is not None and one.call.call_id in world.calls
        if untold or one.ended is None or len(knot) > _MOST_IN_A_KNOT:
            return []
        for other in _met(one):
            if other is not None and other not in met:
                met.add(other)
                knot.append(other)
    return knot


def _met(channel: Channel) -> list[Channel | None]:
    met = [channel.half, channel.dialled.caller if channel.dialled is not None else None]
    met += [dial.dest for dial in channel.dials + channel.legs]
    met += [phone for _, phone in channel.answers]
    for stay in channel.episodes:
        met += [other.channel for other in stay.bridge.episodes]
    return met


def _part(channel: Channel) -> None:
    for stay in channel.episodes:
        stay.bridge.episodes.clear()
    channel.half = channel.dialled = channel.call = None
    channel.dials = channel.legs = channel.answers = channel.episodes = channel.recorders = ()
