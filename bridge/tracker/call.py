"""A call in progress: the client's channel, and what was learnt of it on the way.

What counts as one call: the client's channel from first to last. Successive trunk channels of
one agent's dial to one number with no talk between them (trunk failover) are one call.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.numbers import e164, withheld
from bridge.domain.record import Client, Direction, How, TransferKind
from bridge.tracker.dialled import dialled_number
from bridge.tracker.world import Channel, Dial, Mark, World


@dataclass(slots=True, eq=False)
class Handover:
    """A transfer as the PBX told it. `target` is the channel it was meant for; `joins` when that
    one is with the client from now on."""

    kind: TransferKind
    by: Channel
    to: str | None
    mark: Mark
    target: Channel | None = None
    joins: bool = False


@dataclass(slots=True, eq=False)
class Call:
    """`clients`: the client's channels, the first names the call. `dialler`: who called out.
    `may_go_on`: the stream ended while its dialler could still try once more.
    `fetched`: when somebody picked the client up or fetched him from parking. `told`: when the
    PBX said in a snapshot who of the company was the last to talk with him so far."""

    call_id: str
    direction: Direction
    clients: list[Channel]
    client: Client
    did: str | None
    dialler: Channel | None = None
    handovers: list[Handover] = field(default_factory=list)
    moved: list[tuple[Mark, How]] = field(default_factory=list)
    fetched: list[Mark] = field(default_factory=list)
    told: list[tuple[Mark, Channel]] = field(default_factory=list)
    queue: str | None = None
    labels: list[str] = field(default_factory=list)
    rating: int | None = None
    language: str | None = None
    abandoned: bool = False
    closed: bool = False
    talking: tuple[str, ...] = ()
    settle_by: datetime | None = None
    oddities: list[str] = field(default_factory=list)
    may_go_on: bool = False

    @property
    def leg(self) -> Channel:
        """The client's channel that counts: the one that was in a conversation, else the last."""
        if len(self.clients) == 1:
            return self.clients[0]
        return next((c for c in reversed(self.clients) if c.episodes), self.clients[-1])

    @property
    def legs(self) -> tuple[Dial, ...]:
        """Every device rung on the client's behalf."""
        if len(self.clients) == 1:
            return self.clients[0].legs
        return tuple(dial for client in self.clients for dial in client.legs)

    @property
    def has_ended(self) -> bool:
        """No channel of the client is left."""
        return all(channel.ended is not None for channel in self.clients)

    def odd(self, what: str) -> None:
        """Note what cannot be told for sure; once."""
        if what not in self.oddities:
            self.oddities.append(what)

    def hand_over(self, handover: Handover) -> None:
        """Whom it names is remembered until this call is told."""
        self.handovers.append(handover)
        for channel in (handover.by, handover.target):
            if channel is not None:
                channel.named_by += (self.leg,)

    def label(self, text: str) -> None:
        """The call's path goes on here; bounded, for labels come from outside."""
        if len(self.labels) < 64 and (not self.labels or self.labels[-1] != text):
            self.labels.append(text)


def inbound(world: World, channel: Channel) -> Call:
    """The outside party called us. The DID is what it dialled, where that is a public number."""
    did = e164(channel.exten, world.region)
    hidden = withheld(channel.number)
    client = Client(
        number=None if hidden else e164(channel.number, world.region),
        raw=None if hidden else channel.number,
        name=_name(channel),
        withheld=hidden,
    )
    call = Call(_id(world, channel), Direction.INBOUND, [channel], client, did)
    if did is not None:
        call.label(f"did:{did}")
    return call


def outbound(world: World, channel: Channel, dialler: Channel | None) -> Call:
    """We called the outside party; the DID is the number that we showed it."""
    dialled = dialled_number(channel)
    client = Client(number=e164(dialled, world.region), raw=dialled or None)
    shown = e164(channel.dialled.shown, world.region) if channel.dialled is not None else None
    shown = shown or e164(channel.connected, world.region)
    if shown == client.number:
        shown = None
    if dialler is not None:
        dialler.named_by += (channel,)
    return Call(_id(world, channel), Direction.OUTBOUND, [channel], client, shown, dialler)


def internal(world: World, channel: Channel) -> Call:
    """One agent called another; the client's place is the caller's."""
    client = Client(raw=channel.extension)
    return Call(_id(world, channel), Direction.INTERNAL, [channel], client, None, channel)


def is_failover(call: Call, channel: Channel, dialler: Channel | None, region: str) -> bool:
    """Whether this trunk channel tries once more what `call` has not reached."""
    if dialler is None or call.dialler is not dialler or call.direction is not Direction.OUTBOUND:
        return False
    if any(client.up or client.episodes for client in call.clients):
        return False
    dialled = dialled_number(channel)
    number = e164(dialled, region)
    if not call.client.raw or not dialled:  # the event that tells the number is lost
        return True
    return number == call.client.number if number else dialled == call.client.raw


def try_again(world: World, call: Call, channel: Channel) -> None:
    """Another channel of the same call to the client."""
    call.clients.append(channel)
    channel.call = call
    if not call.client.raw:
        raw = dialled_number(channel) or None
        call.client = Client(number=e164(raw, world.region), raw=raw)


def _id(world: World, channel: Channel) -> str:
    return f"{world.pbx}-{channel.uniqueid}"


def _name(channel: Channel) -> str | None:
    name = channel.caller_name
    return name if name and name != "<unknown>" and name != channel.number else None
