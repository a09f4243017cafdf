"""Our own messages between Asterisk's in a journal: that events may be missing, that Asterisk
started anew, and what it had then. Asterisk has no events of these names.

A snapshot is one message for each channel and one that ends it, so that a journal can be
shortened channel by channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from bridge.ami.codec import Frame
from bridge.ami.translate import bridge_kind, channel, moment
from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeKind,
    ChannelSnapshot,
    LinkLost,
    PbxStarted,
    QueueJoined,
    SnapshotTaken,
)

GAP: Final = "Event: BridgeLinkLost\r\n\r\n"
_STARTED: Final = "Event: BridgePbxStarted\r\n\r\n"
_CHANNEL: Final = "BridgeSnapshotChannel"
_TAKEN: Final = "BridgeSnapshotTaken"
SNAPSHOT_KINDS: Final = frozenset({_CHANNEL, _TAKEN})

# What the PBX says of a channel, under the headers that Asterisk gives it.
_HEADERS: Final = {
    "Channel": "name",
    "ChannelState": "state",
    "CallerIDNum": "number",
    "CallerIDName": "caller_name",
    "ConnectedLineNum": "connected",
    "Context": "context",
    "Exten": "exten",
    "Uniqueid": "uniqueid",
    "Linkedid": "linkedid",
    "SentBy": "sent_by",
}
_TECHNOLOGIES: Final = {
    BridgeKind.MIXING: "simple_bridge",
    BridgeKind.HOLDING: "holding_bridge",
}


def written(event: LinkLost | PbxStarted | SnapshotTaken) -> str:
    """The event as messages of a journal, ends included."""
    if isinstance(event, LinkLost):
        return GAP
    if isinstance(event, PbxStarted):
        return _STARTED
    return "".join(_snapshot(event))


class SnapshotReader:
    """Puts the messages of a snapshot together again."""

    def __init__(self) -> None:
        self._channels: list[Frame] = []

    def forget(self) -> None:
        """What was begun has no end: the journal was cut off there."""
        self._channels.clear()

    def take(self, frame: Frame) -> SnapshotTaken | None:
        """The snapshot once its last message has come. Raises Malformed."""
        if frame.kind == _CHANNEL:
            self._channels.append(frame)
            return None
        frames, self._channels = self._channels, []
        found = [(one, replace(channel(one), sent_by=one.get("SentBy"))) for one in frames]
        at = moment(frame)
        members = [
            BridgeEntered(at, inside, bridge, bridge_kind(one))
            for one, inside in found
            if (bridge := one.get("BridgeUniqueid"))
        ]
        waiting = [QueueJoined(at, who, queue) for one, who in found if (queue := one.get("Queue"))]
        return SnapshotTaken(at, tuple(who for _, who in found), tuple(members), tuple(waiting))


def _snapshot(taken: SnapshotTaken) -> Iterator[str]:
    members = {member.channel.uniqueid: member for member in taken.members}
    queues = {entry.channel.uniqueid: entry.queue for entry in taken.waiting}
    for one in taken.channels:
        lines = [f"{header}: {_said(one, field)}" for header, field in _HEADERS.items()]
        if member := members.get(one.uniqueid):
            lines.append(f"BridgeUniqueid: {member.bridge}")
            lines.append(f"BridgeTechnology: {_TECHNOLOGIES[member.kind]}")
        if queue := queues.get(one.uniqueid):
            lines.append(f"Queue: {queue}")
        yield _message(_CHANNEL, taken.at, lines)
    yield _message(_TAKEN, taken.at, [])


def _said(one: ChannelSnapshot, field: str) -> str:
    value = getattr(one, field)
    return "" if value is None else str(value)


def _message(kind: str, at: datetime | None, lines: list[str]) -> str:
    stamp = [f"Timestamp: {at.timestamp():.6f}"] if at is not None else []
    return "\r\n".join([f"Event: {kind}", *stamp, *lines, "", ""])
