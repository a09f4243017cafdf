"""What a PBX would list (CoreShowChannels, BridgeInfo, QueueStatus) after each of its events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime

from bridge.domain.pbx_events import (
    BlindTransferred,
    BridgeEntered,
    BridgeKind,
    BridgeLeft,
    ChannelEnded,
    ChannelSnapshot,
    PbxEvent,
    QueueJoined,
    QueueLeft,
    SnapshotTaken,
)


def snapshots(events: Iterable[PbxEvent]) -> list[SnapshotTaken]:
    """One after each event, told by the events alone."""
    pbx = Lists()
    return [pbx.after(event) for event in events]


class Lists:
    def __init__(self) -> None:
        self._channels: dict[str, ChannelSnapshot] = {}
        self._inside: dict[str, tuple[str, BridgeKind]] = {}
        self._waiting: dict[str, str] = {}
        self._gone: set[str] = set()
        self._sent_by: dict[str, str] = {}

    def after(self, event: PbxEvent) -> SnapshotTaken:
        for field in fields(event):
            value = getattr(event, field.name)
            if isinstance(value, ChannelSnapshot) and value.uniqueid not in self._gone:
                self._channels[value.uniqueid] = self._newer(value)
        self._move(event)
        return self._listed(event.at)

    def _newer(self, told: ChannelSnapshot) -> ChannelSnapshot:
        """Rename tells of nothing but the name."""
        before = self._channels.get(told.uniqueid)
        return told if before is None or told.state is not None else replace(before, name=told.name)

    def _move(self, event: PbxEvent) -> None:
        match event:
            case BridgeEntered(channel=who):
                self._inside[who.uniqueid] = (event.bridge, event.kind)
                self._sent_by.pop(who.uniqueid, None)
            case BridgeLeft(channel=who):
                self._inside.pop(who.uniqueid, None)
            case QueueJoined(channel=who):
                self._waiting[who.uniqueid] = event.queue
            case QueueLeft(channel=who):
                self._waiting.pop(who.uniqueid, None)
            case BlindTransferred(transferee=ChannelSnapshot() as who, success=True):
                self._sent_by[who.uniqueid] = event.transferer.name
            case ChannelEnded(channel=who):
                self._gone.add(who.uniqueid)
                for kept in (self._channels, self._inside, self._waiting):
                    kept.pop(who.uniqueid, None)

    def _listed(self, at: datetime | None) -> SnapshotTaken:
        sent_by = self._sent_by
        shown = {
            who: replace(one, sent_by=sent_by.get(who, "")) for who, one in self._channels.items()
        }
        return SnapshotTaken(
            at,
            tuple(shown.values()),
            tuple(
                BridgeEntered(at, shown[who], bridge, kind)
                for who, (bridge, kind) in self._inside.items()
                if who in shown
            ),
            tuple(QueueJoined(at, shown[who], q) for who, q in self._waiting.items()),
        )
