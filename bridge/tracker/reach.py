"""Which channels a call has now, for whoever wants to act on them."""

from __future__ import annotations

from bridge.domain.directory import AGENT
from bridge.tracker.talk import now_heard
from bridge.tracker.world import Channel, World


def client_channel(world: World, call_id: str) -> Channel | None:
    """The client's channel that is alive; None when the call is over or was never heard of."""
    call = world.calls.get(call_id)
    if call is None:
        return None
    alive = [channel for channel in call.clients if channel.ended is None]
    return call.leg if call.leg in alive else next(iter(alive), None)


def agents_of(client: Channel) -> dict[str, str]:
    """The unique ids of the channels that talk with the client, by extension."""
    return {
        party.extension: party.uniqueid
        for party in now_heard(client)
        if party.role is AGENT and party.extension is not None
    }
