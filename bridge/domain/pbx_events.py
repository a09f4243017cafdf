"""PbxEvent: what happened on the PBX, whoever told us (AMI, ARI, CEL, a capture, a snapshot).

A closed vocabulary: the tracker has one handler for each class here and none besides.
`at` is the event's own time where the source gives one, else None.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bridge.domain.fact import fact


@fact(frozen=True, slots=True)
class ChannelSnapshot:
    """What Asterisk says of one channel in nearly every event; "" where it says nothing.

    `sent_by` stands in a SnapshotTaken only: the channel whose blind transfer took this one out
    of a bridge, and this one has been in none since.
    """

    uniqueid: str
    name: str
    linkedid: str = ""
    state: int | None = None
    number: str = ""
    caller_name: str = ""
    connected: str = ""
    context: str = ""
    exten: str = ""
    sent_by: str = ""


class BridgeKind(StrEnum):
    MIXING = "mixing"
    HOLDING = "holding"


class DialStatus(StrEnum):
    """DIALSTATUS as DialEnd tells it; the set is open, so the rest is OTHER."""

    ANSWER = "ANSWER"
    BUSY = "BUSY"
    NOANSWER = "NOANSWER"
    CANCEL = "CANCEL"
    CONGESTION = "CONGESTION"
    CHANUNAVAIL = "CHANUNAVAIL"
    OTHER = "OTHER"


@fact(frozen=True, slots=True)
class ChannelCreated:
    at: datetime | None
    channel: ChannelSnapshot


@fact(frozen=True, slots=True)
class ChannelChanged:
    """A new state, caller id or name."""

    at: datetime | None
    channel: ChannelSnapshot


@fact(frozen=True, slots=True)
class HangupRequested:
    """This party hung up itself (HangupRequest), or was asked to go (SoftHangupRequest)."""

    at: datetime | None
    channel: ChannelSnapshot
    by_party: bool


@fact(frozen=True, slots=True)
class ChannelEnded:
    at: datetime | None
    channel: ChannelSnapshot
    cause: int | None


@fact(frozen=True, slots=True)
class BridgeEntered:
    """`members` is the PBX's own count after the change, None where it gives none; `hidden` of
    them may be channels that no event tells of (a ConfBridge's announcer)."""

    at: datetime | None
    channel: ChannelSnapshot
    bridge: str
    kind: BridgeKind = BridgeKind.MIXING
    members: int | None = None
    hidden: int = 0


@fact(frozen=True, slots=True)
class BridgeLeft:
    at: datetime | None
    channel: ChannelSnapshot
    bridge: str
    kind: BridgeKind = BridgeKind.MIXING
    members: int | None = None
    hidden: int = 0


@fact(frozen=True, slots=True)
class BridgeEnded:
    at: datetime | None
    bridge: str


@fact(frozen=True, slots=True)
class LocalPaired:
    """The two halves of a Local channel (LocalBridge): audio into one comes out of the other."""

    at: datetime | None
    one: ChannelSnapshot
    two: ChannelSnapshot


@fact(frozen=True, slots=True)
class DialBegan:
    """`caller` None: dialled by Originate. `dialled` is the DialString."""

    at: datetime | None
    caller: ChannelSnapshot | None
    dest: ChannelSnapshot
    dialled: str


@fact(frozen=True, slots=True)
class DialEnded:
    at: datetime | None
    caller: ChannelSnapshot | None
    dest: ChannelSnapshot
    status: DialStatus
    forward: str = ""


@fact(frozen=True, slots=True)
class BlindTransferred:
    at: datetime | None
    transferer: ChannelSnapshot
    transferee: ChannelSnapshot | None
    exten: str
    success: bool


@fact(frozen=True, slots=True)
class AttendedTransferred:
    """`original` and `second` are the transferer's two channels (one and the same for *2)."""

    at: datetime | None
    original: ChannelSnapshot
    second: ChannelSnapshot
    transferee: ChannelSnapshot | None
    target: ChannelSnapshot | None
    to_application: bool
    success: bool


@fact(frozen=True, slots=True)
class PickedUp:
    at: datetime | None
    picker: ChannelSnapshot
    target: ChannelSnapshot


@fact(frozen=True, slots=True)
class Parked:
    at: datetime | None
    parkee: ChannelSnapshot


@fact(frozen=True, slots=True)
class Unparked:
    """`retriever` None: nobody fetched it (time-out, give-up). `parkee` None: somebody fetches a
    parked call, and not which."""

    at: datetime | None
    parkee: ChannelSnapshot | None
    retriever: ChannelSnapshot | None


@fact(frozen=True, slots=True)
class QueueJoined:
    at: datetime | None
    channel: ChannelSnapshot
    queue: str


@fact(frozen=True, slots=True)
class QueueLeft:
    """`abandoned`: the caller hung up while waiting (QueueCallerAbandon)."""

    at: datetime | None
    channel: ChannelSnapshot
    queue: str
    abandoned: bool


@fact(frozen=True, slots=True)
class HoldChanged:
    at: datetime | None
    channel: ChannelSnapshot
    on: bool


@fact(frozen=True, slots=True)
class RecordingStarted:
    at: datetime | None
    channel: ChannelSnapshot


@fact(frozen=True, slots=True)
class RecordingStopped:
    at: datetime | None
    channel: ChannelSnapshot


@fact(frozen=True, slots=True)
class RecordingNamed:
    at: datetime | None
    channel: ChannelSnapshot
    path: str


@fact(frozen=True, slots=True)
class AppStarted:
    """The dialplan runs an application that tells something of the call (VoiceMail …)."""

    at: datetime | None
    channel: ChannelSnapshot
    app: str
    data: str


@fact(frozen=True, slots=True)
class DigitPressed:
    at: datetime | None
    channel: ChannelSnapshot
    digit: str


@fact(frozen=True, slots=True)
class VariableSet:
    """One of the bridge's own channel variables (BRIDGE_LABEL, BRIDGE_RATING, BRIDGE_LANG)."""

    at: datetime | None
    channel: ChannelSnapshot
    name: str
    value: str


@fact(frozen=True, slots=True)
class LinkLost:
    """Events may be missing from here to the next SnapshotTaken."""

    at: datetime | None


@fact(frozen=True, slots=True)
class LinkFound:
    """The link is back, and nobody tells what the PBX has now (a capture over a reconnect): from
    here on no event is missing."""

    at: datetime | None


@fact(frozen=True, slots=True)
class SnapshotTaken:
    """All that the PBX has now: a channel or bridge not in it is gone, and who is not in
    `waiting` waits in no queue."""

    at: datetime | None
    channels: tuple[ChannelSnapshot, ...]
    members: tuple[BridgeEntered, ...]
    waiting: tuple[QueueJoined, ...] = ()


@fact(frozen=True, slots=True)
class PbxStarted:
    """Asterisk's own start, told at each login (FullyBooted, CoreStatus): no channel that was
    created before `started_at` is alive. None: it started just now."""

    at: datetime | None
    started_at: datetime | None


PbxEvent = (
    ChannelCreated
    | ChannelChanged
    | HangupRequested
    | ChannelEnded
    | BridgeEntered
    | BridgeLeft
    | BridgeEnded
    | LocalPaired
    | DialBegan
    | DialEnded
    | BlindTransferred
    | AttendedTransferred
    | PickedUp
    | Parked
    | Unparked
    | QueueJoined
    | QueueLeft
    | HoldChanged
    | RecordingStarted
    | RecordingStopped
    | RecordingNamed
    | AppStarted
    | DigitPressed
    | VariableSet
    | LinkLost
    | LinkFound
    | SnapshotTaken
    | PbxStarted
)
