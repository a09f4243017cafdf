"""Queues, hold, recorders, applications, digits, labels: what else a record tells."""

from __future__ import annotations

from typing import Any, Final

from bridge.domain.pbx_events import (
    AppStarted,
    DigitPressed,
    HoldChanged,
    QueueJoined,
    QueueLeft,
    RecordingNamed,
    RecordingStarted,
    RecordingStopped,
    VariableSet,
)
from bridge.tracker.belonging import call_of
from bridge.tracker.mixmonitor import sides
from bridge.tracker.outlet import Outlet
from bridge.tracker.world import Channel, Recorder, World

_MAILBOX: Final = frozenset({"VoiceMail", "MinivmRecord"})
# What Asterisk names as the application of a device that is rung. One that called us and bears
# such a name has taken the place of such a device: a pickup, also where no event says so (ARI).
_RUNG: Final = frozenset({"AppDial", "AppQueue"})


def _queue_joined(world: World, out: Outlet, event: QueueJoined) -> None:
    channel = world.seen(event.channel)
    channel.queue = event.queue
    call = call_of(channel)
    if call is not None:
        call.queue = event.queue
        call.label(f"queue:{event.queue}")
        out.queued(call, event.queue)


def _queue_left(world: World, out: Outlet, event: QueueLeft) -> None:
    channel = world.seen(event.channel)
    channel.queue = None
    call = call_of(channel)
    if call is not None:
        call.abandoned = call.abandoned or event.abandoned
        out.queued(call, None)


def _hold(world: World, out: Outlet, event: HoldChanged) -> None:
    channel = world.seen(event.channel)
    open_hold = channel.holds[-1] if channel.holds and channel.holds[-1][1] is None else None
    if event.on and open_hold is None:
        channel.holds += ((world.mark, None),)
        _hold_told(out, channel, True)
    elif not event.on and open_hold is not None:
        channel.holds = (*channel.holds[:-1], (open_hold[0], world.mark))
        _hold_told(out, channel, False)


def _hold_told(out: Outlet, channel: Channel, on: bool) -> None:
    call = call_of(channel)
    if call is not None and call.talking:
        out.held(call, on)


def _recording_started(world: World, out: Outlet, event: RecordingStarted) -> None:
    """Its file name comes just before or just after it."""
    channel = world.seen(event.channel)
    last = channel.recorders[-1] if channel.recorders else None
    if last is None or last.ended is not None or last.started:
        last = Recorder(channel, world.mark)
        channel.recorders += (last,)
    last.started = True


def _recording_named(world: World, out: Outlet, event: RecordingNamed) -> None:
    channel = world.seen(event.channel)
    last = channel.recorders[-1] if channel.recorders else None
    if last is not None and last.ended is None and last.path in (None, event.path):
        last.path = event.path
    else:
        channel.recorders += (Recorder(channel, world.mark, path=event.path),)


def _recording_stopped(world: World, out: Outlet, event: RecordingStopped) -> None:
    for recorder in world.seen(event.channel).recorders:
        recorder.ended = recorder.ended or world.mark


def _app(world: World, out: Outlet, event: AppStarted) -> None:
    if event.app == "MixMonitor" and (apart := sides(event.data)):
        channel = world.seen(event.channel)
        channel.recorders += (Recorder(channel, world.mark, sides=apart),)
    elif event.app in _MAILBOX:
        world.seen(event.channel).mailbox = True
    elif event.app in _RUNG:
        channel = world.seen(event.channel)
        channel.picked_up = channel.picked_up or channel.incoming is True


def _digit(world: World, out: Outlet, event: DigitPressed) -> None:
    """Keys of the client before anybody talks with him are his way through the IVR."""
    call = world.seen(event.channel).call
    if call is not None and not call.talking and not call.leg.episodes and event.digit:
        call.label(f"ivr:{event.digit}")


def _variable(world: World, out: Outlet, event: VariableSet) -> None:
    call = call_of(world.seen(event.channel))
    if call is None or not event.value:
        return
    if event.name == "BRIDGE_LABEL":
        call.label(event.value[:64])
    elif event.name == "BRIDGE_STATUS":
        call.closed = call.closed or event.value == "CLOSED"
    elif event.name == "BRIDGE_LANG":
        call.language = event.value[:16]
    elif event.value in {"1", "2", "3", "4", "5"}:
        call.rating = int(event.value)
        out.rated(call, call.rating)


HANDLERS: Final[dict[type, Any]] = {
    QueueJoined: _queue_joined,
    QueueLeft: _queue_left,
    HoldChanged: _hold,
    RecordingStarted: _recording_started,
    RecordingNamed: _recording_named,
    RecordingStopped: _recording_stopped,
    AppStarted: _app,
    DigitPressed: _digit,
    VariableSet: _variable,
}
