"""Which trunk channel is a client's, and when its call begins.

- It called us: an inbound call.
- An agent had it dialled, or Originate did: an outbound call, unless it is another try of one.
- A client had it dialled: an outside phone (follow-me, forward, a mobile in a group); a leg.
- First seen in the middle (late connect, lost event): its linkedid tells, as late as possible.
"""

from __future__ import annotations

from bridge.domain.directory import AGENT, LOCAL, TRUNK
from bridge.domain.numbers import e164
from bridge.tracker.call import Call, inbound, is_failover, outbound, try_again
from bridge.tracker.dialled import dialled_number
from bridge.tracker.origin import first_of, is_dialled, led_to, origin
from bridge.tracker.world import Channel, Dial, World


def open_call(world: World, channel: Channel, *, must_decide: bool = False) -> Call | None:
    """The call that this event begins, if it begins one; `channel` is a trunk's, and has none yet.
    `must_decide`: no later event will tell more (a bridge was entered, or the channel ended)."""
    if channel.incoming or (channel.incoming is None and channel.uniqueid == channel.linkedid):
        return _register(world, inbound(world, channel), channel)
    if channel.dialled is not None and (must_decide or not _may_still_be_told(channel.dialled)):
        return _dialled(world, channel)
    if must_decide and not (_belongs_to_client(world, channel) or _is_colleague(world, channel)):
        return _called(world, channel, _linked_agent(world, channel))
    return None


def _dialled(world: World, channel: Channel) -> Call | None:
    dial = channel.dialled
    caller = dial.caller if dial is not None else None
    top = origin(caller) if caller is not None else None
    if (top is not None and top.role is TRUNK) or _is_colleague(world, channel):
        return None
    return _called(world, channel, top)


def _called(world: World, channel: Channel, top: Channel | None) -> Call | None:
    """An outbound call begins, unless it goes on over another trunk."""
    for call in _tries(world, top):
        if is_failover(call, channel, top, world.region):
            try_again(world, call, channel)
            world.waiting.pop(call.call_id, None)
            return None
    dialler = top if top is not None and top.role is AGENT else None
    return _register(world, outbound(world, channel, dialler), channel)


def _may_still_be_told(dial: Dial) -> bool:
    """The halves of a Local channel are told of in either order: who had it dialled may follow."""
    top = first_of(dial).caller
    if top is None or top.role is not LOCAL or led_to(top) is not None:
        return False
    return not is_dialled(top) and origin(top) is None


def _tries(world: World, dialler: Channel | None) -> list[Call]:
    """Outbound calls of this dialler that are not over."""
    if dialler is None:
        return []
    return [
        leg.dest.call
        for leg in dialler.legs
        if leg.dest.call is not None and leg.dest.call.call_id in world.calls
    ]


def _is_colleague(world: World, channel: Channel) -> bool:
    """A mobile of an agent is no client's, whoever calls it."""
    number = e164(dialled_number(channel), world.region)
    return world.directory.extension_of_mobile(number) is not None


def _belongs_to_client(world: World, channel: Channel) -> bool:
    linked = world.known(channel.linkedid)
    return linked is not None and linked is not channel and linked.role is TRUNK


def _linked_agent(world: World, channel: Channel) -> Channel | None:
    """Who called out, where the dial itself was not seen: the first channel of the same link."""
    linked = world.known(channel.linkedid)
    return linked if linked is not None and linked.role is AGENT else None


def _register(world: World, call: Call, channel: Channel) -> Call:
    channel.call = call
    world.calls[call.call_id] = call
    return call
