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
    """Whether those inside hear each other, or wait (music on hold, parking)."""

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
    """A channel is there, of which nothing was heard before."""

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
    """The channel is gone. `cause` is Q.850 (see `Cause`), None where none was told."""

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
    """As BridgeEntered."""

    at: datetime | None
    channel: ChannelSnapshot
    bridge: str
    kind: BridgeKind = BridgeKind.MIXING
    members: int | None = None
    hidden: int = 0


@fact(frozen=True, slots=True)
class BridgeEnded:
    """The bridge is gone, and nobody is in it."""

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
    """The device rings no more. `forward` is where it sent the call, empty where it did not."""

    at: datetime | None
    caller: ChannelSnapshot | None
    dest: ChannelSnapshot
    status: DialStatus
    forward: str = ""


@fact(frozen=True, slots=True)
class BlindTransferred:
    """The transferee goes on to `exten`, dialled by the transferer."""

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
    """`picker` takes the call for which `target` rang."""

    at: datetime | None
    picker: ChannelSnapshot
    target: ChannelSnapshot


@fact(frozen=True, slots=True)
class Parked:
    """The call waits to be fetched."""

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
    """The caller waits in this queue."""

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
    """This party put the other on hold, or took it off."""

    at: datetime | None
    channel: ChannelSnapshot
    on: bool


@fact(frozen=True, slots=True)
class RecordingStarted:
    """MixMonitor records this channel; its file is not named yet."""

    at: datetime | None
    channel: ChannelSnapshot


@fact(frozen=True, slots=True)
class RecordingStopped:
    """MixMonitor records no more."""

    at: datetime | None
    channel: ChannelSnapshot


@fact(frozen=True, slots=True)
class RecordingNamed:
    """MixMonitor told the file. `path` is the PBX's own, two joined by `|` for sides apart."""

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
    """A key that the party pressed."""

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
