"""Who is in which mixing bridge, kept right when an event is lost, repeated or swapped.

Rules. Asterisk counts the members of a bridge in every Enter and Leave, so a lost event shows:
1. A Leave of a channel that we did not know inside proves that it was inside; it came after the
   last position where our count was right, and after its own last stay.
2. An Enter elsewhere, or a Hangup, ends a stay whose Leave was lost.
3. More counted than known: strangers are inside, until a Leave names them.
4. Fewer counted than known: somebody left unseen; from the last right count on, every stay that
   was open is in doubt.
"""

from __future__ import annotations

from bridge.domain.pbx_events import BridgeEntered, BridgeLeft
from bridge.tracker.world import Channel, Episode, Mark, MixingBridge, World


def enter(world: World, channel: Channel, event: BridgeEntered) -> None:
    """The channel is in the bridge from now on; see the module's rules."""
    if channel.ended is not None:
        world.oddities["enter_after_hangup"] += 1
        return
    bridge = world.bridge(event.bridge, event.kind)
    stay = channel.stay
    if stay is not None and stay.bridge is bridge:
        world.oddities["entered_twice"] += 1
        return
    if stay is not None:
        _lose(world, stay)
    _open(bridge, channel, world.mark)
    _compare(world, bridge, event, named=0)


def leave(world: World, channel: Channel, event: BridgeLeft) -> None:
    """The channel has left the bridge, and so had been in it; see the module's rules."""
    if channel.ended is not None and event.bridge not in world.bridges:
        _confirm(channel, event.bridge)
        return
    bridge = world.bridge(event.bridge, event.kind)
    stay = bridge.members.get(channel.uniqueid)
    proves = stay is None and not _left_before(channel, bridge)
    if stay is not None:
        stay.doubt = None
        _close(stay, world.mark)
    elif proves:
        _prove_stay(world, channel, bridge)
    else:
        _confirm(channel, bridge.id)
    _compare(world, bridge, event, named=1 if proves else 0)
    if not bridge.members and not event.members:
        world.bridges.pop(bridge.id, None)


def end_bridge(world: World, id: str) -> None:
    """Whoever was in it is out; strangers who were never named stay unnamed."""
    bridge = world.bridges.pop(id, None)
    if bridge is not None:
        for stay in list(bridge.members.values()):
            _close(stay, world.mark)
        if bridge.strangers and not bridge.emptied:
            bridge.unnamed.append((bridge.exact, world.mark.position))
        bridge.strangers = 0


def leave_unseen(world: World, stay: Episode) -> None:
    """A snapshot does not have it where we thought."""
    _lose(world, stay)


def end_stay(world: World, stay: Episode) -> None:
    """Its channel is gone, so it is in no bridge; its Leave was lost."""
    _lose(world, stay)
    if not stay.bridge.members and not stay.bridge.strangers:
        world.bridges.pop(stay.bridge.id, None)


def _open(bridge: MixingBridge, channel: Channel, begin: Mark) -> Episode:
    if len(bridge.episodes) > 64 and not any(e.end is None for e in bridge.episodes[:32]):
        del bridge.episodes[:32]  # a conference that never ends must not grow
    stay = channel.stay = Episode(channel, bridge, begin)
    bridge.episodes.append(stay)
    bridge.members[channel.uniqueid] = stay
    channel.episodes += (stay,)
    return stay


def _close(stay: Episode, end: Mark) -> None:
    """A hold ends with the stay in which it began: `*2` puts on hold and never takes off."""
    channel = stay.channel
    if channel.holds and channel.holds[-1][1] is None:
        channel.holds = (*channel.holds[:-1], (channel.holds[-1][0], end))
    stay.end, channel.stay = end, None
    stay.bridge.members.pop(channel.uniqueid, None)


def _lose(world: World, stay: Episode) -> None:
    """It left at some time since its bridge was last counted right."""
    world.oddities["leave_not_seen"] += 1
    if stay.doubt is None:
        stay.doubt = max(stay.bridge.exact, stay.begin.position)
    _close(stay, world.mark)


def _confirm(channel: Channel, bridge: str) -> None:
    """The Leave comes late, but it says that the last stay was real to its end."""
    if channel.episodes and channel.episodes[-1].bridge.id == bridge:
        channel.episodes[-1].doubt = None


def _left_before(channel: Channel, bridge: MixingBridge) -> bool:
    """A repeated Leave, or one that comes after the Hangup that ended the stay."""
    last = channel.episodes[-1] if channel.episodes else None
    repeated = last is not None and last.bridge.id == bridge.id and last.end is not None
    return repeated and (channel.ended is not None or bridge.strangers == 0)


def _prove_stay(world: World, channel: Channel, bridge: MixingBridge) -> None:
    world.oddities["enter_not_seen"] += 1
    last = channel.episodes[-1].end if channel.episodes else None
    begin = bridge.exact
    if last is not None:
        begin = max(begin, last.position)
    elif channel.complete:
        begin = max(begin, channel.born.position)
    stay = channel.stay
    if stay is not None:
        _lose(world, stay)
    _close(_open(bridge, channel, Mark(begin, None)), world.mark)


def _compare(
    world: World, bridge: MixingBridge, event: BridgeEntered | BridgeLeft, named: int
) -> None:
    """`named`: how many strangers this event named."""
    if event.members is None or not bridge.mixing:
        return
    bridge.emptied = event.members == 0 or (bridge.emptied and isinstance(event, BridgeLeft))
    more, before = event.members - len(bridge.members), bridge.strangers
    bridge.strangers = more - event.hidden if more > event.hidden else 0
    if before and bridge.strangers < before - named:
        bridge.unnamed.append((bridge.exact, world.mark.position))
    if more < 0:
        world.oddities["count_too_high"] += 1
        for stay in bridge.members.values():
            if stay.begin.position < world.mark.position and stay.doubt is None:
                stay.doubt = max(bridge.exact, stay.begin.position)
    elif not bridge.strangers:
        bridge.exact = world.mark.position
        for stay in bridge.members.values():
            stay.doubt = None
