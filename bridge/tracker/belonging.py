"""Which call an event on some channel belongs to."""

from __future__ import annotations

from bridge.domain.directory import AGENT
from bridge.tracker.call import Call
from bridge.tracker.origin import origin
from bridge.tracker.talk import Stretch, heard, now_heard
from bridge.tracker.world import Channel, World


def call_of(channel: Channel) -> Call | None:
    """The client's own call; or the one that this channel was rung for; or the one of the client
    it talks or last talked with."""
    top = origin(channel)
    if top is None:
        return None
    if top.call is not None:
        return top.call
    with_client = [party.call for party in now_heard(top) if party.call is not None]
    if with_client:
        return with_client[0]
    if top.dialled is not None and top.dialled.caller is not None:
        upstream = origin(top.dialled.caller)
        if upstream is not None and upstream is not top and upstream.call is not None:
            return upstream.call
    return _last_heard(top)


def _last_heard(channel: Channel) -> Call | None:
    last: Stretch | None = None
    for item in heard(channel):
        if (
            isinstance(item, Stretch)
            and item.party.call is not None
            and (last is None or item.end.position > last.end.position)
        ):
            last = item
    return last.party.call if last is not None else None


def agents_heard(client: Channel) -> tuple[str, ...]:
    """The extensions that share audio with the client now."""
    found = {
        party.extension
        for party in now_heard(client)
        if party.role is AGENT and party.extension is not None
    }
    return tuple(sorted(found))


def mentioned(world: World) -> set[str]:
    """The channels that live, and those that the calls in progress hang together with."""
    near = [*world.channels.values()]
    for call in world.calls.values():
        near += call.clients
        near += [
            stay.channel for c in call.clients for e in c.episodes for stay in e.bridge.episodes
        ]
    for channel in list(near):
        near += [side for leg in channel.legs for side in (leg.dest, leg.caller) if side]
        dial = channel.dialled
        near += [dial.caller] if dial is not None and dial.caller is not None else []
    halves = [channel.half for channel in near if channel.half is not None]
    return {channel.uniqueid for channel in (*near, *halves)}
