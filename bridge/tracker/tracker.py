"""The tracker: PbxEvents in, CallEvents out, one handler for each kind of event.

Handlers are total: what does not fit is counted as an oddity, nothing raises, and when the last
channel has ended no state is left. Time is an argument: `advance(now)` does what is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.domain.call_events import CallEvent
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import (
    BridgeEnded,
    BridgeEntered,
    BridgeLeft,
    ChannelChanged,
    ChannelCreated,
    ChannelEnded,
    DialBegan,
    DialEnded,
    HangupRequested,
    LocalPaired,
    PbxEvent,
)
from bridge.tracker import channels, closing, dialling, facts, resync, transfers
from bridge.tracker.belonging import mentioned
from bridge.tracker.membership import end_bridge, enter, leave
from bridge.tracker.outlet import Outlet
from bridge.tracker.world import Mark, World

SWEEP_EVERY: Final = timedelta(minutes=1)


class Tracker:
    """Follows the calls of one PBX."""

    def __init__(self, pbx: str, directory: Directory, region: str = "RU") -> None:
        self.world = World(pbx, directory, region)
        self._out = Outlet(self.world)
        self._swept: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """No channel, bridge or call is left in the state."""
        return self.world.is_empty

    @property
    def oddities(self) -> dict[str, int]:
        """How often something did not fit, by kind."""
        return dict(self.world.oddities)

    def handle(self, event: PbxEvent) -> list[CallEvent]:
        """What this event means for the calls."""
        world, out, at = self.world, self._out, event.at
        last = world.mark
        if at is None:
            at = last.at
        world.mark = Mark(last.position + 1, at)
        if world.waiting and at is not None:
            closing.settle_due(world, out, at)
        HANDLERS[type(event)](world, out, event)
        return out.take() if out.events else []

    def read_anew(self, directory: Directory, region: str) -> None:
        """Whose channels are whose from now on; calls in progress keep what they know."""
        self.world.directory, self.world.region = directory, region

    def mentioned(self) -> set[str]:
        """The unique ids of every channel that a later decision may still depend on."""
        return mentioned(self.world)

    def next_deadline(self) -> datetime | None:
        """When `advance` should be called at the latest."""
        return min((c.settle_by for c in self.world.waiting.values() if c.settle_by), default=None)

    def advance(self, now: datetime) -> list[CallEvent]:
        """Do what is due at `now`: settle calls that wait, drop channels that nobody mentions."""
        if self._swept is None or not timedelta() <= now - self._swept < SWEEP_EVERY:
            self._swept = now
            resync.drop_stale(self.world, self._out, now)
        closing.settle_due(self.world, self._out, now)
        return self._out.take()

    def finish(self) -> list[CallEvent]:
        """The stream has ended: what waits is settled, what is open comes last."""
        closing.finish(self.world, self._out)
        return self._out.take()


def _created(world: World, out: Outlet, event: ChannelCreated) -> None:
    channel = world.seen(event.channel)
    if channel.ended is None and channel.call is None:
        channels.complete(channel, event.channel)
        out.begun(channel)


def _changed(world: World, out: Outlet, event: ChannelChanged) -> None:
    world.seen(event.channel)


def _hangup_requested(world: World, out: Outlet, event: HangupRequested) -> None:
    channel = world.seen(event.channel)
    channel.asked_to_end = True
    if event.by_party and channel.hung_up is None:
        channel.hung_up = world.mark


def _ended(world: World, out: Outlet, event: ChannelEnded) -> None:
    channel = world.seen(event.channel)
    if channel.ended is None:
        closing.end_channel(world, out, channel, event.cause)


def _entered(world: World, out: Outlet, event: BridgeEntered) -> None:
    channel = world.seen(event.channel)
    enter(world, channel, event)
    if channel.ended is None:
        out.begun(channel, must_decide=True)
    out.talk_changed(channel)


def _left(world: World, out: Outlet, event: BridgeLeft) -> None:
    channel = world.seen(event.channel)
    others = out.hearing(channel)
    leave(world, channel, event)
    if channel.ended is None:
        out.begun(channel, must_decide=True)
    out.talk_changed(channel, *others)
    closing.settle_ready(world, out)


def _bridge_ended(world: World, out: Outlet, event: BridgeEnded) -> None:
    end_bridge(world, event.bridge)
    closing.settle_ready(world, out)


def _paired(world: World, out: Outlet, event: LocalPaired) -> None:
    one, two = world.seen(event.one), world.seen(event.two)
    one.half, two.half = two, one


def _dial_began(world: World, out: Outlet, event: DialBegan) -> None:
    dial = dialling.began(world, event)
    if dial is not None:
        if dial.caller is not None:
            channels.learn_client(world, dial.caller)
        out.begun(dial.dest)
        out.ringing(dial)


def _dial_ended(world: World, out: Outlet, event: DialEnded) -> None:
    dial = dialling.ended(world, event)
    if dial is not None:
        out.begun(dial.dest)
        out.stopped_ringing(dial)


Handler = Callable[[World, Outlet, Any], None]

HANDLERS: Final[dict[type, Handler]] = {
    ChannelCreated: _created,
    ChannelChanged: _changed,
    HangupRequested: _hangup_requested,
    ChannelEnded: _ended,
    BridgeEntered: _entered,
    BridgeLeft: _left,
    BridgeEnded: _bridge_ended,
    LocalPaired: _paired,
    DialBegan: _dial_began,
    DialEnded: _dial_ended,
    **transfers.HANDLERS,
    **facts.HANDLERS,
    **resync.HANDLERS,
}


def track(tracker: Tracker, events: Iterable[PbxEvent]) -> list[CallEvent]:
    """A whole stream at once, its end included."""
    found = [out for event in events for out in tracker.handle(event)]
    return [*found, *tracker.finish()]
