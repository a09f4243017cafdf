"""ARI events to PbxEvents: one row for each kind of event that tells something of a call.

ARI has no event for what a queue does with a caller, for pickups, for parking and for MixMonitor.
Where the dialplan's application or a variable says the same, it is read from there; what is told
nowhere stays untold (docs/ari.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bridge.ari.message import (
    LINKEDID,
    Body,
    Message,
    body,
    moment,
    part,
    variable,
    word,
)
from bridge.domain.pbx_events import (
    AppStarted,
    AttendedTransferred,
    BlindTransferred,
    BridgeEnded,
    BridgeEntered,
    BridgeKind,
    BridgeLeft,
    ChannelChanged,
    ChannelCreated,
    ChannelEnded,
    ChannelSnapshot,
    DialBegan,
    DialEnded,
    DialStatus,
    DigitPressed,
    HangupRequested,
    HoldChanged,
    Parked,
    PbxEvent,
    QueueJoined,
    QueueLeft,
    RecordingNamed,
    Unparked,
    VariableSet,
)
from bridge.link.damage import Malformed

Events = tuple[PbxEvent, ...]

# AST_STATE_* (include/asterisk/channelstate.h) by the words of ast_state2str.
_STATES: Final = {
    "Down": 0,
    "Rsrvd": 1,
    "OffHook": 2,
    "Dialing": 3,
    "Ring": 4,
    "Ringing": 5,
    "Up": 6,
    "Busy": 7,
    "Dialing Offhook": 8,
    "Pre-ring": 9,
    "Mute": 10,
}
STATE_NAMES: Final[dict[int | None, str]] = {state: name for name, state in _STATES.items()}
_STATUSES: Final = {status.value: status for status in DialStatus}
# What a dial is at, not how it ended.
_UNDER_WAY: Final = frozenset({"RINGING", "PROCEEDING", "PROGRESS"})
# Of the variables that Asterisk sets by the dozen for every call, those that tell something.
_LEAVING: Final = {
    "ABANDONED": frozenset({"TRUE"}),
    "QUEUESTATUS": frozenset({"TIMEOUT", "LEAVEEMPTY", "LEAVEUNAVAIL", "CONTINUE", "WITHDRAW"}),
}
_VARIABLES: Final = frozenset(
    {
        *("MIXMONITOR_FILENAME", *_LEAVING),
        *("BRIDGE_LABEL", "BRIDGE_STATUS", "BRIDGE_RATING", "BRIDGE_LANG"),
    }
)
_TELLING_APPS: Final = frozenset({"VoiceMail", "MinivmRecord", "MixMonitor", "AppDial", "AppQueue"})
_QUEUE: Final = "Queue"


def channel(fields: Body) -> ChannelSnapshot:
    """The channel that ARI describes so. Raises Malformed without an id or a name."""
    uniqueid, name = word(fields, "id"), word(fields, "name")
    if not uniqueid or not name:
        raise Malformed("a channel without id or name")
    caller, dialplan = part(fields, "caller"), part(fields, "dialplan")
    return ChannelSnapshot(
        uniqueid,
        name,
        word(part(fields, "channelvars"), LINKEDID),
        _STATES.get(word(fields, "state")),
        word(caller, "number"),
        word(caller, "name"),
        word(part(fields, "connected"), "number"),
        word(dialplan, "context"),
        word(dialplan, "exten"),
    )


def bridge_kind(bridge: Body) -> BridgeKind:
    """What this bridge is for."""
    holding = word(bridge, "technology") == "holding_bridge"
    return BridgeKind.HOLDING if holding else BridgeKind.MIXING


def queue_of(fields: Body) -> str:
    """The queue that the channel's own Queue() names; "" when it is in another application."""
    dialplan = part(fields, "dialplan")
    if word(dialplan, "app_name") != _QUEUE:
        return ""
    return word(dialplan, "app_data").partition(",")[0].strip()


def _one(event: Body, name: str = "channel") -> ChannelSnapshot:
    return channel(part(event, name))


def _maybe(event: Body, name: str) -> ChannelSnapshot | None:
    return channel(part(event, name)) if part(event, name) else None


def _at(event: Body) -> datetime | None:
    return moment(event.get("timestamp"))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _in_bridge(event: Body, kind: type[BridgeEntered] | type[BridgeLeft]) -> Events:
    bridge, who = part(event, "bridge"), _one(event)
    members = bridge.get("channels")
    count = len(members) if isinstance(members, list) else None
    moved = kind(_at(event), who, _bridge(bridge), bridge_kind(bridge), count)
    parked = kind is BridgeEntered and word(bridge, "bridge_class") == "parking"
    return (moved, Parked(_at(event), who)) if parked else (moved,)


def _bridge(bridge: Body) -> str:
    found = word(bridge, "id")
    if not found:
        raise Malformed("a bridge without id")
    return found


def _dial(event: Body) -> Events:
    """One kind of event for all that a dial comes by; it says, too, which Queue() the caller is in
    while it has somebody rung."""
    at, caller, peer = _at(event), _maybe(event, "caller"), _one(event, "peer")
    status = word(event, "dialstatus")
    if status in _UNDER_WAY:
        return ()
    if status:
        forward = word(event, "forward")
        return (DialEnded(at, caller, peer, _STATUSES.get(status, DialStatus.OTHER), forward),)
    began = DialBegan(at, caller, peer, word(event, "dialstring"))
    return (began,) if caller is None else (_waits(at, caller, part(event, "caller")), began)


def _waits(at: datetime | None, who: ChannelSnapshot, fields: Body) -> QueueJoined | QueueLeft:
    queue = queue_of(fields)
    return QueueJoined(at, who, queue) if queue else QueueLeft(at, who, "", abandoned=False)


def _variable(event: Body) -> Events:
    if not part(event, "channel"):  # a global one
        return ()
    at, who, name, value = _at(event), _one(event), word(event, "variable"), word(event, "value")
    if name == "MIXMONITOR_FILENAME":
        return (RecordingNamed(at, who, value),)
    if name in _LEAVING:
        return _left_queue(event, name, value)
    return (VariableSet(at, who, name, value),)


def _left_queue(event: Body, name: str, value: str) -> Events:
    """What Queue() sets when it lets a caller go whom it had taken."""
    at, who, queue = _at(event), _one(event), queue_of(part(event, "channel"))
    if not queue or value not in _LEAVING[name]:
        return ()
    return (QueueJoined(at, who, queue), QueueLeft(at, who, queue, name == "ABANDONED"))


def _app(event: Body) -> Events:
    app = word(event, "dialplan_app")
    if app == "ParkedCall":
        return (Unparked(_at(event), None, _one(event)),)
    if app not in _TELLING_APPS:
        return ()
    return (AppStarted(_at(event), _one(event), app, word(event, "dialplan_app_data")),)


def _blind(event: Body) -> Events:
    success = word(event, "result") == "Success"
    who, whom = _one(event), _maybe(event, "transferee")
    return (BlindTransferred(_at(event), who, whom, word(event, "exten"), success),)


def _attended(event: Body) -> Events:
    transferred = AttendedTransferred(
        _at(event),
        _one(event, "transferer_first_leg"),
        _one(event, "transferer_second_leg"),
        _maybe(event, "transferee"),
        _maybe(event, "transfer_target"),
        to_application=word(event, "destination_type") == "application",
        success=word(event, "result") == "Success",
    )
    return (transferred,)


def _asked_to_end(event: Body) -> Events:
    return (HangupRequested(_at(event), _one(event), by_party=event.get("soft") is not True),)


TABLE: Final[dict[str, Callable[[Body], Events]]] = {
    "ChannelCreated": lambda e: (ChannelCreated(_at(e), _one(e)),),
    "ChannelStateChange": lambda e: (ChannelChanged(_at(e), _one(e)),),
    "ChannelHangupRequest": _asked_to_end,
    "ChannelDestroyed": lambda e: (ChannelEnded(_at(e), _one(e), _number(e.get("cause"))),),
    "ChannelEnteredBridge": lambda e: _in_bridge(e, BridgeEntered),
    "ChannelLeftBridge": lambda e: _in_bridge(e, BridgeLeft),
    "BridgeDestroyed": lambda e: (BridgeEnded(_at(e), _bridge(part(e, "bridge"))),),
    "Dial": _dial,
    "BridgeBlindTransfer": _blind,
    "BridgeAttendedTransfer": _attended,
    "ChannelHold": lambda e: (HoldChanged(_at(e), _one(e), on=True),),
    "ChannelUnhold": lambda e: (HoldChanged(_at(e), _one(e), on=False),),
    "ChannelVarset": _variable,
    "ChannelDialplan": _app,
    "ChannelDtmfReceived": lambda e: (DigitPressed(_at(e), _one(e), word(e, "digit")[:1]),),
}

KINDS: Final = frozenset(TABLE)


def tells(message: Message) -> bool:
    """Whether it is worth reading; most of what a busy PBX sends is not, and is not parsed."""
    if message.kind == "ChannelVarset":
        return variable(message.text) in _VARIABLES
    return message.kind in KINDS


def translate(message: Message) -> Events:
    """What this message says of calls, in order. Raises Malformed, and nothing else."""
    row = TABLE.get(message.kind)
    return () if row is None or not tells(message) else row(body(message.text))
