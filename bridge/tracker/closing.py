"""Ends: of a channel, and of the call whose client it was.

A call is final when the client's channel has ended. It waits a moment more where an event still
to come decides: a bridge still holds a stranger who may be named, or the dialler of an outbound
call that reached nobody may try the same number over another trunk.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bridge.domain.directory import AGENT
from bridge.domain.record import Direction
from bridge.tracker.call import Call, internal
from bridge.tracker.membership import end_stay
from bridge.tracker.outlet import Outlet
from bridge.tracker.parting import part_from_oldest
from bridge.tracker.talk import Stretch, heard, now_heard
from bridge.tracker.world import Channel, Episode, Lost, World

_STRANGERS_MAY_BE_NAMED: Final = timedelta(seconds=2)


def end_channel(
    world: World, out: Outlet, channel: Channel, cause: int | None, lost: Lost | None = None
) -> None:
    """`lost`: nobody told of its end, it is just not there any more."""
    out.begun(channel, must_decide=True)
    others = out.hearing(channel)
    if channel.stay is not None:
        end_stay(world, channel.stay)
    channel.ended, channel.cause, channel.lost = world.mark, cause, lost
    if channel.dialled is not None and channel.dialled.ended is None:
        channel.dialled.ended = world.mark
        out.stopped_ringing(channel.dialled)
    world.forget(channel)
    if others:
        out.talk_changed(*others)
    if channel.call is not None:
        _end_call(world, out, channel.call)
    elif channel.role is AGENT:
        _end_internal(world, out, channel)
    if world.waiting:
        settle_ready(world, out)
    part_from_oldest(world)


def _end_call(world: World, out: Outlet, call: Call) -> None:
    if not call.has_ended or call.call_id not in world.calls:
        return
    if _waits_for_dialler(call) or _waits_for_names(call):
        world.waiting[call.call_id] = call
        if world.mark.at is not None and not _waits_for_dialler(call):
            call.settle_by = world.mark.at + _STRANGERS_MAY_BE_NAMED
        return
    _settle(world, out, call)


def _waits_for_dialler(call: Call) -> bool:
    """What dials is the dialler himself, or a Local channel on his behalf (`*2`), which may try
    once more while he waits for it in a bridge, or has gone."""
    dialler, dial = call.dialler, call.leg.dialled
    if call.direction is not Direction.OUTBOUND or dialler is None:
        return False
    if (dial.caller if dial is not None and dial.caller is not None else dialler).ended is not None:
        return False
    tried = [leg for leg in dialler.legs if leg.began.position > call.leg.born.position]
    goes_on = any(leg.dest.call is not call for leg in tried) or bool(now_heard(dialler))
    return not goes_on and not any(c.up or c.episodes for c in call.clients)


def _waits_for_names(call: Call) -> bool:
    """A bridge that the client left holds a stranger, or a Local channel whose other half is not
    known to be anywhere: its Leave may still tell who was there."""
    for client in call.clients:
        for stay in client.episodes:
            if stay.end is None:
                continue
            if stay.bridge.strangers and stay.bridge.exact < stay.end.position:
                return True
            if stay is client.episodes[-1] and _leads_nowhere(stay):
                return True
    return False


def _leads_nowhere(stay: Episode) -> bool:
    """At the end of this stay a Local channel in the bridge, or one behind it, was alive with
    nobody known at its far end."""
    left = stay.end.position if stay.end is not None else 0
    waiting, met = [stay.bridge], set[str]()
    while waiting:
        bridge = waiting.pop()
        met.add(bridge.id)
        company = (e.channel for e in bridge.episodes if e.end is None or e.end.position >= left)
        for half in (channel.half for channel in company if channel.half is not None):
            behind = [e for e in half.episodes if e.end is None or e.end.position >= left]
            if half.ended is None and not behind:
                return True
            waiting += [e.bridge for e in behind if e.bridge.id not in met]
    return False


def settle_ready(world: World, out: Outlet) -> None:
    """Calls that need not wait any longer."""
    for call in list(world.waiting.values()):
        if not _waits_for_dialler(call) and not _waits_for_names(call):
            _settle(world, out, call)


def settle_due(world: World, out: Outlet, now: datetime) -> None:
    """Calls that have waited long enough."""
    for call in list(world.waiting.values()):
        if call.settle_by is not None and call.settle_by <= now:
            _settle(world, out, call)


def _settle(world: World, out: Outlet, call: Call) -> None:
    world.waiting.pop(call.call_id, None)
    world.calls.pop(call.call_id, None)
    out.finished(call)


def _end_internal(world: World, out: Outlet, channel: Channel) -> None:
    """A call inside the company, unless it was a consultation for a client's call."""
    if not channel.incoming or channel.consulting or channel.picked_up or channel.unparked:
        return
    talked = [item.party for item in heard(channel) if isinstance(item, Stretch)]
    outside = any(party.call is not None for party in talked)
    called_out = any(leg.dest.call is not None for leg in channel.legs)
    if outside or called_out or not (channel.legs or talked):
        return
    out.finished(internal(world, channel))


def finish(world: World, out: Outlet) -> None:
    """The end of the stream: what waits is settled; open calls come last, oldest first."""
    for call in list(world.waiting.values()):
        call.may_go_on = _waits_for_dialler(call)
        if not call.may_go_on:
            _settle(world, out, call)
    for channel in list(world.channels.values()):
        out.begun(channel, must_decide=True)
    for call in list(world.calls.values()):
        _settle(world, out, call)
    for channel in list(world.channels.values()):
        world.forget(channel)
    world.bridges.clear()
    world.gone.clear()
