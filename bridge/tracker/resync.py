"""After a gap: what the PBX has now, against what we thought; the difference is inferred.

Reconnect is a diff, not a reset: a call in progress goes on. Only a real restart of Asterisk
ends its calls.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from bridge.domain.directory import AGENT
from bridge.domain.pbx_events import BridgeEntered, LinkFound, LinkLost, PbxStarted, SnapshotTaken
from bridge.tracker.belonging import call_of
from bridge.tracker.closing import end_channel
from bridge.tracker.membership import enter, leave_unseen
from bridge.tracker.outlet import Outlet
from bridge.tracker.world import Channel, Lost, World

STALE_AFTER: Final = timedelta(hours=6)  # nobody mentioned the channel, no snapshot held it


def _link_lost(world: World, out: Outlet, event: LinkLost) -> None:
    if world.gap is None:
        world.gap = world.mark
        for call in world.calls.values():
            call.odd("link_lost")


def _link_found(world: World, out: Outlet, event: LinkFound) -> None:
    _close_gap(world)


def _close_gap(world: World) -> None:
    if world.gap is not None:
        world.gaps = [*world.gaps[-31:], (world.gap, world.mark)]
        world.gap = None


def _snapshot(world: World, out: Outlet, event: SnapshotTaken) -> None:
    for snapshot in event.channels:
        world.seen(snapshot)
    alive = {snapshot.uniqueid for snapshot in event.channels}
    _move(world, {member.channel.uniqueid: member for member in event.members})
    _queue(world, {joined.channel.uniqueid: joined.queue for joined in event.waiting})
    _close_gap(world)
    for channel in [c for c in world.channels.values() if c.uniqueid not in alive]:
        world.oddities["ended_unseen"] += 1
        end_channel(world, out, channel, None, Lost.GAP)
    for channel in list(world.channels.values()):
        out.begun(channel, must_decide=True)
        out.talk_changed(channel)
    for snapshot in event.channels:
        if snapshot.sent_by:
            _sent(world, world.seen(snapshot), snapshot.sent_by)


def _sent(world: World, client: Channel, by: str) -> None:
    """Whoever sent the client away was the last to talk with him so far."""
    role, extension = world.directory.role(by)
    if client.call is None or client.stay is not None or role is not AGENT:
        return
    known = (one for one in (*world.channels.values(), *world.gone.values()) if one.name == by)
    agent = next(known, None) or Channel("", by, "", role, extension, "", "", "", "", world.mark)
    client.call.told.append((world.mark, agent))
    agent.named_by += (client,)


def _queue(world: World, waiting: dict[str, str]) -> None:
    for channel in world.channels.values():
        channel.queue = waiting.get(channel.uniqueid)
        if channel.queue is not None and (call := call_of(channel)) is not None:
            call.queue = channel.queue


def _move(world: World, members: dict[str, BridgeEntered]) -> None:
    """Put every channel where the snapshot has it."""
    for channel in list(world.channels.values()):
        member, stay = members.get(channel.uniqueid), channel.stay
        if stay is not None and (member is None or member.bridge != stay.bridge.id):
            leave_unseen(world, stay)
        if member is not None and channel.stay is None:
            enter(world, channel, member)


def _pbx_started(world: World, out: Outlet, event: PbxStarted) -> None:
    for channel in list(world.channels.values()):
        born = channel.born.at
        if event.started_at is None or (born is not None and born < event.started_at):
            world.oddities["ended_by_restart"] += 1
            end_channel(world, out, channel, None, Lost.RESTART)


def drop_stale(world: World, out: Outlet, now: datetime) -> None:
    """Channels and mixing bridges whose end was lost must not stay for ever."""
    for channel in list(world.channels.values()):
        if channel.last_seen is not None and now - channel.last_seen > STALE_AFTER:
            world.oddities["stale"] += 1
            end_channel(world, out, channel, None, Lost.SILENCE)
    for bridge in list(world.bridges.values()):
        silent = bridge.last_seen is not None and now - bridge.last_seen > STALE_AFTER
        if not bridge.members and silent:
            del world.bridges[bridge.id]


HANDLERS: Final[dict[type, Any]] = {
    LinkLost: _link_lost,
    LinkFound: _link_found,
    SnapshotTaken: _snapshot,
    PbxStarted: _pbx_started,
}
