"""Frames to PbxEvents: one row for each AMI event that tells something of a call.

Field names are those of Asterisk 16 to 22 (main/manager_channels.c, manager_bridges.c, and the
XML documentation in the sources of each application).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.ami.codec import Frame
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
    LinkLost,
    LocalPaired,
    Parked,
    PbxEvent,
    PbxStarted,
    PickedUp,
    QueueJoined,
    QueueLeft,
    RecordingNamed,
    RecordingStarted,
    RecordingStopped,
    Unparked,
    VariableSet,
)
from bridge.link.damage import Malformed

# What is worth reading of the kinds that a busy PBX sends by the hundred for every call.
TELLING: Final = {
    "VarSet": (
        "Variable",
        (
            *("MIXMONITOR_FILENAME", "BRIDGE_LABEL", "BRIDGE_STATUS"),
            *("BRIDGE_RATING", "BRIDGE_LANG"),
        ),
    ),
    "Newexten": ("Application", ("VoiceMail", "MinivmRecord", "MixMonitor")),
    "DTMFEnd": ("Direction", ("Received",)),
}
_ESCAPED: Final = re.compile(r"""\\(['"?\\])""")
_TIMESTAMP: Final = len("\r\nTimestamp: ")
_STATUSES: Final = {status.value: status for status in DialStatus}
_KINDS: Final = {"holding_bridge": BridgeKind.HOLDING}  # the others mix
_COUNT: Final = "BridgeNumChannels"
# The order of ast_manager_build_bridge_state_string_prefix (main/manager_bridges.c).
_BRIDGE: Final = re.compile(
    "\r\nBridgeUniqueid: ([^\r]+)\r\nBridgeType: [^\r]*\r\nBridgeTechnology: ([^\r]*)"
    "\r\nBridgeCreator: ([^\r]*)\r\nBridgeName: [^\r]*\r\nBridgeNumChannels: (\\d{1,9})\r"
)


def _as_asterisk_writes_it(prefix: str) -> re.Pattern[str]:
    """The order of ast_manager_build_channel_state_string_prefix (main/manager_channels.c). A
    name with CR LF in it does not match, and such a message is read header by header."""
    lines = (
        *("Channel: ([^\r]*)", "ChannelState: (\\d{1,2})", "ChannelStateDesc: [^\r]*"),
        *("CallerIDNum: ([^\r]*)", "CallerIDName: ([^\r]*)"),
        *("ConnectedLineNum: ([^\r]*)", "ConnectedLineName: [^\r]*"),
        *("Language: [^\r]*", "AccountCode: [^\r]*"),
        *("Context: ([^\r]*)", "Exten: ([^\r]*)", "Priority: [^\r]*"),
        *("Uniqueid: ([^\r]+)", "Linkedid: ([^\r]*)\r"),
    )
    return re.compile("".join(f"\r\n{prefix}{line}" for line in lines))


_SNAPSHOT: Final = {
    prefix: _as_asterisk_writes_it(prefix)
    for prefix in (
        *("", "Dest", "LocalOne", "LocalTwo", "Transferer", "Transferee", "TransferTarget"),
        *("OrigTransferer", "SecondTransferer", "Target", "Parkee", "Retriever"),
    )
}


def moment(frame: Frame) -> datetime | None:
    """The event's `Timestamp` (seconds since 1970), None without one or with nonsense in it."""
    text = frame.text
    start = text.find("\r\nTimestamp: ") + _TIMESTAMP
    if start < _TIMESTAMP:
        return None
    try:
        return datetime.fromtimestamp(float(text[start : text.find("\r", start)]), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def channel(frame: Frame, prefix: str = "") -> ChannelSnapshot:
    """The channel snapshot whose headers carry this prefix. Raises Malformed without one."""
    found = maybe_channel(frame, prefix)
    if found is None:
        raise Malformed(f"{frame.kind} without {prefix}Uniqueid")
    return found


def maybe_channel(frame: Frame, prefix: str = "") -> ChannelSnapshot | None:
    """As `channel`, but None where the event names no such channel."""
    as_asterisk_writes_it = _SNAPSHOT[prefix].search(frame.text)
    if as_asterisk_writes_it is None:
        return _from_headers(frame, prefix)
    name, state, number, caller, connected, context, exten, uniqueid, linkedid = (
        as_asterisk_writes_it.groups()
    )
    return ChannelSnapshot(
        uniqueid, name, linkedid, int(state), number, caller, connected, context, exten
    )


def _from_headers(frame: Frame, prefix: str) -> ChannelSnapshot | None:
    """Any order, any header missing but the uniqueid."""
    get = frame.get
    uniqueid = get(prefix + "Uniqueid")
    if not uniqueid:
        return None
    if frame.repeats(prefix + "Uniqueid"):
        raise Malformed(f"{frame.kind} with two {prefix}Uniqueid")
    return ChannelSnapshot(
        uniqueid,
        get(prefix + "Channel"),
        get(prefix + "Linkedid"),
        _number(get(prefix + "ChannelState")),
        get(prefix + "CallerIDNum"),
        get(prefix + "CallerIDName"),
        get(prefix + "ConnectedLineNum"),
        get(prefix + "Context"),
        get(prefix + "Exten"),
    )


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _rename(frame: Frame) -> PbxEvent:
    uniqueid, name = frame.get("Uniqueid"), frame.get("Newname")
    if not uniqueid or not name:
        raise Malformed("Rename without Uniqueid or Newname")
    return ChannelChanged(moment(frame), ChannelSnapshot(uniqueid, name))


def _in_bridge(frame: Frame, kind: type[BridgeEntered] | type[BridgeLeft]) -> PbxEvent:
    as_asterisk_writes_it = _BRIDGE.search(frame.text)
    if as_asterisk_writes_it is None:
        bridge, what, members = _bridge(frame), bridge_kind(frame), _number(frame.get(_COUNT))
        creator = frame.get("BridgeCreator")
    else:
        bridge, technology, creator, count = as_asterisk_writes_it.groups()
        what, members = _KINDS.get(technology, BridgeKind.MIXING), int(count)
    # A ConfBridge's announcer is counted, and no event tells of it (app_confbridge.c).
    hidden = 1 if creator == "ConfBridge" else 0
    return kind(moment(frame), channel(frame), bridge, what, members, hidden)


def bridge_kind(frame: Frame) -> BridgeKind:
    """What the bridge that the frame tells of is for."""
    return _KINDS.get(frame.get("BridgeTechnology"), BridgeKind.MIXING)


def _bridge(frame: Frame) -> str:
    bridge = frame.get("BridgeUniqueid")
    if not bridge or frame.repeats("BridgeUniqueid"):
        raise Malformed(f"{frame.kind} without one BridgeUniqueid")
    return bridge


def _status(value: str) -> DialStatus:
    return _STATUSES.get(value, DialStatus.OTHER)


def _dialled(frame: Frame) -> PbxEvent:
    at, caller, dest = moment(frame), maybe_channel(frame), channel(frame, "Dest")
    return DialBegan(at, caller, dest, frame.get("DialString"))


def _dial_ended(frame: Frame) -> PbxEvent:
    status = _status(frame.get("DialStatus"))
    forward = frame.get("Forward")
    caller, dest = maybe_channel(frame), channel(frame, "Dest")
    return DialEnded(moment(frame), caller, dest, status, forward)


def _blind(frame: Frame) -> PbxEvent:
    transferer = channel(frame, "Transferer")
    transferee = maybe_channel(frame, "Transferee")
    success = frame.get("Result") == "Success"
    return BlindTransferred(moment(frame), transferer, transferee, frame.get("Extension"), success)


def _attended(frame: Frame) -> PbxEvent:
    return AttendedTransferred(
        moment(frame),
        channel(frame, "OrigTransferer"),
        channel(frame, "SecondTransferer"),
        maybe_channel(frame, "Transferee"),
        maybe_channel(frame, "TransferTarget"),
        to_application=frame.get("DestType") == "App",
        success=frame.get("Result") == "Success",
    )


def _started(frame: Frame) -> PbxEvent | None:
    """FullyBooted comes at each login: only with an uptime does it tell of a restart."""
    at, uptime = moment(frame), _number(frame.get("Uptime"))
    if at is None or uptime is None:
        return None
    return PbxStarted(at, at - timedelta(seconds=uptime + 1))


def _variable(frame: Frame) -> PbxEvent | None:
    # VarSet alone is written with the escapes of C (ast_escape_c in main/utils.c).
    name, value = frame.get("Variable"), _ESCAPED.sub(r"\1", frame.get("Value"))
    if name == "MIXMONITOR_FILENAME":
        return RecordingNamed(moment(frame), channel(frame), value)
    return VariableSet(moment(frame), channel(frame), name, value)


def _app(frame: Frame) -> PbxEvent:
    app = frame.get("Application")
    return AppStarted(moment(frame), channel(frame), app, frame.get("AppData"))


def _digit(frame: Frame) -> PbxEvent:
    return DigitPressed(moment(frame), channel(frame), frame.get("Digit")[:1])


def _queue_left(frame: Frame) -> PbxEvent:
    abandoned = frame.kind == "QueueCallerAbandon"
    return QueueLeft(moment(frame), channel(frame), frame.get("Queue"), abandoned)


def _unparked(frame: Frame) -> PbxEvent:
    retriever = maybe_channel(frame, "Retriever")
    return Unparked(moment(frame), channel(frame, "Parkee"), retriever)


def _hangup(frame: Frame) -> PbxEvent:
    return ChannelEnded(moment(frame), channel(frame), _number(frame.get("Cause")))


TABLE: Final[dict[str, Callable[[Frame], PbxEvent | None]]] = {
    "Newchannel": lambda f: ChannelCreated(moment(f), channel(f)),
    "Rename": _rename,
    "HangupRequest": lambda f: HangupRequested(moment(f), channel(f), by_party=True),
    "SoftHangupRequest": lambda f: HangupRequested(moment(f), channel(f), by_party=False),
    "Hangup": _hangup,
    "BridgeEnter": lambda f: _in_bridge(f, BridgeEntered),
    "BridgeLeave": lambda f: _in_bridge(f, BridgeLeft),
    "BridgeDestroy": lambda f: BridgeEnded(moment(f), _bridge(f)),
    "LocalBridge": lambda f: LocalPaired(moment(f), channel(f, "LocalOne"), channel(f, "LocalTwo")),
    "DialBegin": _dialled,
    "DialEnd": _dial_ended,
    "BlindTransfer": _blind,
    "AttendedTransfer": _attended,
    "Pickup": lambda f: PickedUp(moment(f), channel(f), channel(f, "Target")),
    "ParkedCall": lambda f: Parked(moment(f), channel(f, "Parkee")),
    "UnParkedCall": _unparked,
    "ParkedCallTimeOut": _unparked,
    "ParkedCallGiveUp": _unparked,
    "QueueCallerJoin": lambda f: QueueJoined(moment(f), channel(f), f.get("Queue")),
    "QueueCallerLeave": _queue_left,
    "QueueCallerAbandon": _queue_left,
    "Hold": lambda f: HoldChanged(moment(f), channel(f), on=True),
    "Unhold": lambda f: HoldChanged(moment(f), channel(f), on=False),
    "MixMonitorStart": lambda f: RecordingStarted(moment(f), channel(f)),
    "MixMonitorStop": lambda f: RecordingStopped(moment(f), channel(f)),
    "VarSet": _variable,
    "Newexten": _app,
    "DTMFEnd": _digit,
    "FullyBooted": _started,
    # ours, in a journal (bridge.ami.ours)
    "BridgeLinkLost": lambda f: LinkLost(moment(f)),
    "BridgePbxStarted": lambda f: PbxStarted(moment(f), None),
}

KINDS: Final = frozenset(TABLE)


def translate(frame: Frame) -> PbxEvent | None:
    """What this frame says of a call, None where nothing. Raises Malformed, and nothing else."""
    row = TABLE.get(frame.kind)
    return None if row is None else row(frame)
