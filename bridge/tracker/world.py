"""What is known of one PBX now: channels, mixing bridges, who was in which bridge from when to
when, who dialled whom.

Everything is dated by a Mark: the position of the event in the stream, and its time if it has
one. Positions decide; times are only reported.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Final

from bridge.domain.directory import LOCAL, Directory, Role
from bridge.domain.fact import fact
from bridge.domain.pbx_events import BridgeKind, ChannelSnapshot, DialStatus

if TYPE_CHECKING:
    from bridge.tracker.call import Call

_RING: Final = 4  # AST_STATE_RING: the far end called us
_DIALLED_STATES: Final = frozenset({0, 1, 2, 3, 5})  # Down … Dialing, Ringing: we called it
UP: Final = 6


class Lost(Enum):
    """How we know that a channel is gone whose Hangup nobody told."""

    GAP = "gap"  # a snapshot no longer holds it
    RESTART = "restart"  # Asterisk started anew
    SILENCE = "silence"  # nobody mentioned it for hours


@fact(frozen=True, slots=True)
class Mark:
    """A place in the stream, and its time by the PBX where it told one."""

    position: int
    at: datetime | None


START: Final = Mark(0, None)


@dataclass(slots=True, eq=False)
class Episode:
    """One stay of a channel in a mixing bridge. `doubt`: from this position on, the PBX's count
    says that somebody had left unseen, and it may have been this one."""

    channel: Channel
    bridge: MixingBridge
    begin: Mark
    end: Mark | None = None
    doubt: int | None = None


@dataclass(slots=True, eq=False)
class MixingBridge:
    """`exact` is the last position where our members were as many as the PBX counted;
    `strangers` how many it counted that we do not know; `unnamed` when there were some whom no
    event ever named; `emptied`: it counted nobody, and nobody entered since."""

    id: str
    mixing: bool
    episodes: list[Episode] = field(default_factory=list)
    members: dict[str, Episode] = field(default_factory=dict)
    exact: int = 0
    strangers: int = 0
    unnamed: list[tuple[int, int]] = field(default_factory=list)
    emptied: bool = False
    last_seen: datetime | None = None


@dataclass(slots=True, eq=False)
class Dial:
    """One device rung, by a channel or (None) by Originate. `shown`: the caller's number then;
    `told`: so we were when it began, for another may be named at its end."""

    caller: Channel | None
    dest: Channel
    dialled: str
    began: Mark
    ended: Mark | None = None
    status: DialStatus | None = None
    queue: str | None = None
    shown: str = ""
    told: bool = False


@dataclass(slots=True, eq=False)
class Recorder:
    """One MixMonitor on a channel. `path` is the PBX's own, None until it is named."""

    channel: Channel
    began: Mark
    ended: Mark | None = None
    path: str | None = None
    started: bool = False
    sides: str | None = None  # what it records apart, by its arguments


@dataclass(slots=True, eq=False)
class Channel:
    """`complete`: seen before it could talk. `incoming`: it called us (None: not known). `lost`:
    its end was not seen, and why. `stay` is where it is now. `dials` were made by this very
    channel, `legs` are the devices rung on its behalf, `answers` tells when which channel
    answered it. `named_by`: the clients whose calls speak of it otherwise than by these."""

    uniqueid: str
    name: str
    linkedid: str
    role: Role
    extension: str | None
    number: str
    caller_name: str
    connected: str
    exten: str
    born: Mark
    complete: bool = False
    incoming: bool | None = None
    up: bool = False
    ended: Mark | None = None
    cause: int | None = None
    hung_up: Mark | None = None
    asked_to_end: bool = False
    half: Channel | None = None
    dialled: Dial | None = None
    dials: tuple[Dial, ...] = ()
    legs: tuple[Dial, ...] = ()
    answers: tuple[tuple[Mark, Channel], ...] = ()
    named_by: tuple[Channel, ...] = ()
    episodes: tuple[Episode, ...] = ()
    stay: Episode | None = None
    holds: tuple[tuple[Mark, Mark | None], ...] = ()
    recorders: tuple[Recorder, ...] = ()
    queue: str | None = None
    picked_up: bool = False
    unparked: bool = False
    consulting: bool = False
    lost: Lost | None = None
    last_seen: datetime | None = None
    mailbox: bool = False
    call: Call | None = None

    @property
    def device(self) -> str:
        """`PJSIP/101`: the name without the part that is new for every channel."""
        return self.name.rpartition("-")[0] or self.name


class World:
    """The state of one PBX. Grows with live channels only; `is_empty` when none is left."""

    def __init__(self, pbx: str, directory: Directory, region: str) -> None:
        self.pbx = pbx
        self.directory = directory
        self.region = region
        self.mark = START
        self.channels: dict[str, Channel] = {}
        self.gone: OrderedDict[str, Channel] = OrderedDict()
        self.halves: dict[str, Channel] = {}
        self.bridges: dict[str, MixingBridge] = {}
        self.calls: dict[str, Call] = {}
        self.waiting: dict[str, Call] = {}
        self.gap: Mark | None = None
        self.gaps: list[tuple[Mark, Mark]] = []
        self.oddities: Counter[str] = Counter()

    @property
    def is_empty(self) -> bool:
        """No channel, bridge or call is left."""
        return not (self.channels or self.halves or self.bridges or self.calls)

    def known(self, uniqueid: str) -> Channel | None:
        """The channel, alive or lately ended."""
        return self.channels.get(uniqueid) or self.gone.get(uniqueid)

    def seen(self, snapshot: ChannelSnapshot) -> Channel:
        """The channel of this snapshot, refreshed; a new one if nobody spoke of it before."""
        channel = self.channels.get(snapshot.uniqueid)
        if channel is None:
            channel = self.gone.get(snapshot.uniqueid)
            return self._born(snapshot) if channel is None else channel
        channel.last_seen = self.mark.at
        if snapshot.linkedid:
            channel.linkedid = snapshot.linkedid
        if snapshot.name != channel.name:
            self._renamed(channel, snapshot.name)
        if snapshot.state == UP:
            channel.up = True
        if not channel.number and snapshot.number:
            channel.number = snapshot.number
        return channel

    def _born(self, snapshot: ChannelSnapshot) -> Channel:
        role, extension = self.directory.role(snapshot.name)
        state = snapshot.state
        channel = Channel(
            snapshot.uniqueid,
            snapshot.name,
            snapshot.linkedid,
            role,
            extension,
            snapshot.number,
            snapshot.caller_name,
            snapshot.connected,
            snapshot.exten,
            self.mark,
            complete=state == _RING or state in _DIALLED_STATES,
            incoming=True if state == _RING else False if state in _DIALLED_STATES else None,
            up=state == UP,
            last_seen=self.mark.at,
        )
        self.channels[snapshot.uniqueid] = channel
        if role is LOCAL:
            self._pair(channel)
        return channel

    def _pair(self, channel: Channel) -> None:
        """The halves of a Local channel share a name up to `;1` and `;2` (core_local.c)."""
        base, _, side = channel.name.rpartition(";")
        other = self.halves.get(f"{base};{'2' if side == '1' else '1'}")
        self.halves[channel.name] = channel
        if other is not None and side in {"1", "2"}:
            channel.half, other.half = other, channel

    def _renamed(self, channel: Channel, name: str) -> None:
        """A masquerade swaps names for a moment; only a settled name tells whose it is."""
        if not name or name.endswith((">", "<ZOMBIE>")) or channel.role is LOCAL:
            return
        channel.name = name
        channel.role, channel.extension = self.directory.role(name)

    def forget(self, channel: Channel) -> None:
        """The channel is gone: remember it a while for events that come late."""
        self.channels.pop(channel.uniqueid, None)
        self.halves.pop(channel.name, None)
        self.gone[channel.uniqueid] = channel
        if not self.channels:
            self.bridges.clear()

    def bridge(self, id: str, kind: BridgeKind) -> MixingBridge:
        """The bridge of this id, new if nobody spoke of it before."""
        bridge = self.bridges.get(id)
        if bridge is None:
            bridge = self.bridges[id] = MixingBridge(id, kind is BridgeKind.MIXING)
        bridge.last_seen = self.mark.at
        return bridge
