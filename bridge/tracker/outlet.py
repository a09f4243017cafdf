"""CallEvents on their way out: collected while one event is handled."""

from __future__ import annotations

from bridge.domain.call_events import (
    AgentRinging,
    AgentStoppedRinging,
    CallEvent,
    CallFinished,
    CallStarted,
    ClientHeld,
    ClientQueued,
    ClientRated,
    TalkChanged,
)
from bridge.domain.directory import TRUNK
from bridge.tracker.belonging import agents_heard
from bridge.tracker.call import Call
from bridge.tracker.opening import open_call
from bridge.tracker.origin import led_by, origin
from bridge.tracker.record import build
from bridge.tracker.talk import now_heard
from bridge.tracker.world import Channel, Dial, World


class Outlet:
    """`events` in the order in which they happened."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.events: list[CallEvent] = []

    def take(self) -> list[CallEvent]:
        """All of them, and none is left."""
        events, self.events = self.events, []
        return events

    def begun(self, channel: Channel, *, must_decide: bool = False) -> None:
        """Tell of the call that this event begins, if it begins one: see `open_call`."""
        if channel.role is TRUNK and channel.call is None:
            call = open_call(self._world, channel, must_decide=must_decide)
            if call is not None:
                self._started(call)

    def _started(self, call: Call) -> None:
        first, dialler = call.clients[0], call.dialler
        event = CallStarted(
            first.born.at,
            call.call_id,
            call.direction,
            call.client,
            call.did,
            agent=dialler.extension if dialler is not None else None,
            linkedid=first.linkedid or led_by(first),
        )
        self.events.append(event)

    def ringing(self, dial: Dial) -> None:
        """Tell of an agent's telephone that rings for a client; of others nothing."""
        self._leg(AgentRinging, dial)

    def stopped_ringing(self, dial: Dial) -> None:
        """As `ringing`."""
        self._leg(AgentStoppedRinging, dial)

    def _leg(self, kind: type[AgentRinging] | type[AgentStoppedRinging], dial: Dial) -> None:
        top = origin(dial.caller) if dial.caller is not None else None
        agent = dial.dest.extension
        if top is not None and top.call is not None and agent is not None:
            self.events.append(kind(self._world.mark.at, top.call.call_id, agent))

    def hearing(self, channel: Channel) -> list[Channel]:
        """Those whose conversation changes when this channel moves."""
        here = now_heard(channel) if channel.stay is not None else []
        return here if channel.half is None else here + now_heard(channel.half)

    def talk_changed(self, channel: Channel, *others: Channel) -> None:
        """Tell of each client near this channel who hears other agents than before."""
        for client in (channel, *others, *self.hearing(channel)):
            call = client.call
            if call is not None and client.ended is None:
                agents = agents_heard(client)
                if agents != call.talking:
                    call.talking = agents
                    self.events.append(TalkChanged(self._world.mark.at, call.call_id, agents))

    def queued(self, call: Call, queue: str | None) -> None:
        """The client waits in this queue; None: in none any more."""
        self.events.append(ClientQueued(self._world.mark.at, call.call_id, queue))

    def held(self, call: Call, on: bool) -> None:
        """The client's conversation is on hold, or goes on."""
        self.events.append(ClientHeld(self._world.mark.at, call.call_id, on))

    def rated(self, call: Call, rating: int) -> None:
        """The client rated the call, 1 to 5."""
        self.events.append(ClientRated(self._world.mark.at, call.call_id, rating))

    def finished(self, call: Call) -> None:
        """The call is over, and this is its record."""
        self.events.append(CallFinished(build(self._world, call)))
