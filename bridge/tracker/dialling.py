"""Dials: which device was rung, by whom, and on whose behalf."""

from __future__ import annotations

from bridge.domain.directory import AGENT, TRUNK
from bridge.domain.pbx_events import DialBegan, DialEnded, DialStatus
from bridge.tracker.origin import origin
from bridge.tracker.world import Channel, Dial, World


def began(world: World, event: DialBegan) -> Dial | None:
    """The new dial; None for a repeat, or one of a channel that is gone."""
    dest = world.seen(event.dest)
    caller = world.seen(event.caller) if event.caller is not None else None
    if dest.ended is not None:
        return None
    if dest.dialled is not None:
        dest.dialled.dialled = dest.dialled.dialled or event.dialled
        dest.dialled.told = True
        return None
    dial = _add(world, caller, dest, event.dialled)
    dial.told = True
    dial.shown = event.caller.number if event.caller is not None else ""
    return dial


def ended(world: World, event: DialEnded) -> Dial | None:
    dest = world.seen(event.dest)
    caller = world.seen(event.caller) if event.caller is not None else None
    if event.status is DialStatus.ANSWER and caller is not None:
        _answer(world, caller, dest)
    dial = dest.dialled
    if dial is None:
        if dest.ended is not None or _answers_by_pickup(dest):
            return None
        dial = _add(world, caller, dest, "")
    if dial.ended is None:
        dial.ended, dial.status = world.mark, event.status
    return dial


def _answer(world: World, caller: Channel, dest: Channel) -> None:
    """Also where another had it rung (a blonde transfer), or nobody (a pickup)."""
    top = origin(caller)
    if top is not None and all(phone is not dest for _, phone in top.answers):
        top.answers += ((world.mark, dest),)
        dest.named_by += (top,)


def _answers_by_pickup(dest: Channel) -> bool:
    """A picker is named as the dial's destination although it was never rung."""
    return dest.picked_up or dest.incoming is True


def _add(world: World, caller: Channel | None, dest: Channel, dialled: str) -> Dial:
    queue = caller.queue if caller is not None else None
    dial = dest.dialled = Dial(caller, dest, dialled, world.mark, queue=queue)
    if dest.incoming is None:
        dest.incoming = False
    if caller is None:
        return dial
    caller.dials += (dial,)
    top = origin(caller)
    if top is not None and top is not dest:
        _ring_for(top, dial)
    return dial


def _ring_for(top: Channel, dial: Dial) -> None:
    """Count the device among those rung for `top`; behind a Local channel, what it has rung
    already (its halves may be told of in either order)."""
    rung = [dial]
    for one in rung:
        dest = one.dest
        if dest.role in (AGENT, TRUNK):
            if one not in top.legs and top is not dest:
                top.legs += (one,)
            continue
        for side in (dest, dest.half):
            if side is not None and side.dials:
                rung += [deeper for deeper in side.dials if deeper not in rung]
