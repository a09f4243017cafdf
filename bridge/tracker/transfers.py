"""Transfers, pickups and parking: facts that explain a change of the conversation.

They arrive after the change itself, may name Local channels, and may lack the transferee.
"""

from __future__ import annotations

from typing import Any, Final

from bridge.domain.directory import AGENT
from bridge.domain.pbx_events import (
    AttendedTransferred,
    BlindTransferred,
    Parked,
    PickedUp,
    Unparked,
)
from bridge.domain.record import How, TransferKind
from bridge.tracker.belonging import call_of
from bridge.tracker.call import Call, Handover
from bridge.tracker.origin import origin
from bridge.tracker.outlet import Outlet
from bridge.tracker.world import Channel, World


def _blind(world: World, out: Outlet, event: BlindTransferred) -> None:
    transferer = world.seen(event.transferer)
    transferee = world.seen(event.transferee) if event.transferee is not None else None
    call = (call_of(transferee) if transferee is not None else None) or call_of(transferer)
    if not event.success or call is None:
        return
    by = origin(transferer) or transferer
    if _told(call, TransferKind.BLIND, by, event.exten):
        return
    call.hand_over(Handover(TransferKind.BLIND, by, event.exten, world.mark))
    call.moved.append((world.mark, How.BLIND_TRANSFER))


def _attended(world: World, out: Outlet, event: AttendedTransferred) -> None:
    original, second = world.seen(event.original), world.seen(event.second)
    original.consulting = second.consulting = True
    call = _transferred_call(world, event, original, second)
    if not event.success or call is None:
        return
    by = original if original.role is AGENT else origin(original) or original
    to, target = _target(world, call, event, second)
    kind = TransferKind.BLONDE if event.to_application else TransferKind.ATTENDED
    if not _told(call, kind, by, to):
        joins = not event.to_application and target is not None and _is_there(target, call.leg)
        call.hand_over(Handover(kind, by, to, world.mark, target, joins))


def _is_there(target: Channel, client: Channel) -> bool:
    return target.up and target.ended is None and not _waits_alone(client)


def _waits_alone(client: Channel) -> bool:
    """In a bridge where nobody is heard: he took the place of one who was parked."""
    return client.stay is not None and not client.stay.bridge.mixing


def _transferred_call(
    world: World, event: AttendedTransferred, original: Channel, second: Channel
) -> Call | None:
    transferee = world.seen(event.transferee) if event.transferee is not None else None
    for channel in (transferee, original, second):
        call = call_of(channel) if channel is not None else None
        if call is not None:
            return call
    return None


def _target(
    world: World, call: Call, event: AttendedTransferred, second: Channel
) -> tuple[str | None, Channel | None]:
    """Who came to the client: the other side of the transfer, else whom the transferer rang."""
    told = [world.seen(side) for side in (event.target, event.transferee) if side is not None]
    parties = [party for side in told if (party := origin(side)) is not None]
    beside = (*_locals_beside(second), *_locals_beside(call.leg))
    rung = [leg.dest for leg in reversed(second.legs)]
    rung += [leg.dest for local in beside for leg in reversed(local.dials)]
    for party in (*parties, *(phone for phone in rung if phone.episodes), *rung[:1]):
        if party is second or party in call.clients:
            continue
        if party.extension is not None:
            return party.extension, party
        if party.call is not None:
            return party.call.client.number, party
    return (second.exten if second.exten.isdigit() else None), None


def _locals_beside(channel: Channel) -> list[Channel]:
    """The far halves of Local channels in its bridge; those it met in its last one if it has left
    (who hangs up to transfer may be gone before Asterisk tells of the transfer)."""
    if channel.stay is not None:
        beside = [*channel.stay.bridge.members.values()]
    else:
        beside = [stay for last in channel.episodes[-1:] for stay in last.bridge.episodes]
    return [other.channel.half for other in beside if other.channel.half is not None]


def _told(call: Call, kind: TransferKind, by: Channel, to: str | None) -> bool:
    """A repeated event tells nothing new."""
    last = call.handovers[-1] if call.handovers else None
    return last is not None and (last.kind, last.by, last.to) == (kind, by, to)


def _picked_up(world: World, out: Outlet, event: PickedUp) -> None:
    picker, target = world.seen(event.picker), world.seen(event.target)
    if not picker.picked_up and (call := call_of(target)) is not None:
        call.fetched.append(world.mark)
    picker.picked_up = True


def _parked(world: World, out: Outlet, event: Parked) -> None:
    call = call_of(world.seen(event.parkee))
    if call is not None:
        call.moved.append((world.mark, How.PARKING))


def _unparked(world: World, out: Outlet, event: Unparked) -> None:
    call = call_of(world.seen(event.parkee)) if event.parkee is not None else None
    if event.retriever is not None:
        retriever = origin(world.seen(event.retriever)) or world.seen(event.retriever)
        if call is not None and not retriever.unparked:
            call.fetched.append(world.mark)
        retriever.unparked = True
    elif call is not None:
        call.moved.append((world.mark, How.PARKING))


HANDLERS: Final[dict[type, Any]] = {
    BlindTransferred: _blind,
    AttendedTransferred: _attended,
    PickedUp: _picked_up,
    Parked: _parked,
    Unparked: _unparked,
}
