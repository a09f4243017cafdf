"""What a channel's own events add to what is known of it."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.numbers import e164, withheld
from bridge.domain.pbx_events import ChannelSnapshot
from bridge.domain.record import Direction
from bridge.tracker.world import Channel, World


def complete(channel: Channel, snapshot: ChannelSnapshot) -> None:
    """Its first event has come (perhaps after another that overtook it)."""
    if not channel.complete:
        channel.complete = True
        channel.incoming = snapshot.state not in (None, 0)
        channel.exten = snapshot.exten or channel.exten
        channel.number = snapshot.number or channel.number


def learn_client(world: World, channel: Channel) -> None:
    """The caller's number came after the call began (the first one counts)."""
    call = channel.call
    if call is None or not call.client.withheld or call.direction is not Direction.INBOUND:
        return
    if not withheld(channel.number):
        number = e164(channel.number, world.region)
        call.client = replace(call.client, number=number, raw=channel.number, withheld=False)
