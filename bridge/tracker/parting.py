"""Ended channels: remembered a while for events that come late, then parted from all they met.

Channels know each other in rings. Left to the collector, those of some thousand calls were looked
through at once, and nobody was answered meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.tracker.world import Channel, World

REMEMBERED: Final = 1024
_MOST_IN_A_KNOT: Final = 64  # a larger one is the collector's


def part_from_oldest(world: World) -> None:
    """Remember no more ended channels than so many."""
    if len(world.gone) > REMEMBERED:
        _, oldest = world.gone.popitem(last=False)
        for channel in _knot(world, oldest):
            _part(channel)


def _knot(world: World, channel: Channel) -> list[Channel]:
    """All that this one hangs together with; nobody as long as something of it goes on."""
    knot, met = [channel], {channel}
    for one in knot:
        if _goes_on(world, one) or len(knot) > _MOST_IN_A_KNOT:
            return []
        for other in _met(one):
            if other is not None and other not in met:
                met.add(other)
                knot.append(other)
    return knot


def _goes_on(world: World, channel: Channel) -> bool:
    """It has not ended, its call is not told, or a bridge that it was in may yet name somebody."""
    if channel.ended is None or (channel.call and channel.call.call_id in world.calls):
        return True
    return any(stay.bridge.id in world.bridges for stay in channel.episodes)


def _met(channel: Channel) -> Iterator[Channel | None]:
    yield channel.half
    if channel.dialled is not None:
        yield channel.dialled.caller
    for dial in channel.dials:
        yield dial.dest
    for dial in channel.legs:
        yield dial.dest
    for _, phone in channel.answers:
        yield phone
    yield from channel.named_by
    for stay in channel.episodes:
        for other in stay.bridge.episodes:
            yield other.channel


def _part(channel: Channel) -> None:
    for stay in channel.episodes:
        stay.bridge.episodes.clear()
    channel.half = channel.dialled = channel.call = None
    channel.dials = channel.legs = channel.answers = channel.named_by = ()
    channel.episodes = channel.recorders = ()
