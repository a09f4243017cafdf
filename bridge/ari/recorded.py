"""ARI events kept one a line: in a journal of ours, or in a capture. Our own lines stand between
Asterisk's: that events may be missing, that Asterisk started anew, and what it had then.

A snapshot is one line for each channel and one that ends it, so that a journal can be shortened
channel by channel.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from bridge.ari.message import LINKEDID, Body, Message, body, message, moment, part, word
from bridge.ari.snapshot import assembled
from bridge.ari.translate import STATE_NAMES, Events, translate
from bridge.domain.pbx_events import (
    BridgeKind,
    ChannelSnapshot,
    LinkLost,
    PbxEvent,
    PbxStarted,
    SnapshotTaken,
)
from bridge.link.damage import Damage, Malformed
from bridge.link.dialect import Dialect
from bridge.link.inbox import Marker

GAP: Final = '{"type":"BridgeLinkLost"}\n'
_STARTED: Final = '{"type":"BridgePbxStarted"}\n'
_CHANNEL: Final = "BridgeSnapshotChannel"
_TAKEN: Final = "BridgeSnapshotTaken"
_END: Final = b"\n"


def is_ari(begin: bytes) -> bool:
    """Whether a capture that begins so is one of ARI's."""
    return begin.lstrip().startswith(b"{")


def heard(told: Message) -> tuple[Events, str]:
    """What one message tells, and the line that keeps it. Raises Malformed."""
    events = translate(told)
    return events, line(told) if events else ""


def line(told: Message) -> str:
    """The message as one line, end included."""
    return f"{told.text.replace(chr(10), ' ')}\n"


def written(marker: Marker) -> str:
    """The marker as lines, ends included."""
    if isinstance(marker, LinkLost):
        return GAP
    if isinstance(marker, PbxStarted):
        return _STARTED
    return "".join(_snapshot(marker))


def pbx_events(chunks: Iterable[bytes], damaged: Callable[[Damage], None]) -> Iterator[PbxEvent]:
    """The stream's PbxEvents in order; what is damaged is told and passed over."""
    listed: list[Body] = []
    for offset, line in _lines(chunks):
        told = message(line.decode("utf-8", "replace"))
        try:
            if not line.endswith(_END):
                raise Malformed("cut off: the last line has no end")
            if not told.kind:
                raise Malformed("no event")
            yield from _ours(told, listed) if told.kind in _OURS else translate(told)
        except Malformed as error:
            damaged(Damage(offset, str(error)))


def _ours(told: Message, listed: list[Body]) -> Events:
    fields = body(told.text)
    if told.kind == _CHANNEL:
        listed.append(fields)
        return ()
    channels = [part(one, "channel") for one in listed]
    bridges = [
        {**part(one, "bridge"), "channels": [word(part(one, "channel"), "id")]}
        for one in listed
        if part(one, "bridge")
    ]
    listed.clear()
    if told.kind == _TAKEN:
        return (assembled(moment(fields.get("timestamp")), channels, bridges),)
    return (PbxStarted(None, None) if told.kind == "BridgePbxStarted" else LinkLost(None),)


_OURS: Final = frozenset({_CHANNEL, _TAKEN, "BridgePbxStarted", "BridgeLinkLost"})


def _lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Every line with its offset, end included where it has one."""
    held, at = b"", 0
    for chunk in chunks:
        *lines, held = (held + chunk).split(_END)
        for line in lines:
            if line.strip():
                yield at, line + _END
            at += len(line) + 1
    if held.strip():
        yield at, held


def _snapshot(taken: SnapshotTaken) -> Iterator[str]:
    members = {member.channel.uniqueid: member for member in taken.members}
    queues = {entry.channel.uniqueid: entry.queue for entry in taken.waiting}
    for one in taken.channels:
        fields: dict[str, Any] = {"channel": _described(one, queues.get(one.uniqueid))}
        if member := members.get(one.uniqueid):
            holding = member.kind is BridgeKind.HOLDING
            technology = "holding_bridge" if holding else "simple_bridge"
            fields["bridge"] = {"id": member.bridge, "technology": technology}
        yield _line(_CHANNEL, fields)
    stamp = {"timestamp": taken.at.isoformat()} if taken.at is not None else {}
    yield _line(_TAKEN, stamp)


def _described(one: ChannelSnapshot, queue: str | None) -> dict[str, Any]:
    """The channel as ARI describes it."""
    dialplan = {"context": one.context, "exten": one.exten}
    if queue:
        dialplan |= {"app_name": "Queue", "app_data": queue}
    return {
        "id": one.uniqueid,
        "name": one.name,
        "state": STATE_NAMES.get(one.state, ""),
        "caller": {"number": one.number, "name": one.caller_name},
        "connected": {"number": one.connected},
        "dialplan": dialplan,
        "channelvars": {LINKEDID: one.linkedid},
    }


def _line(kind: str, fields: Body) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":")) + "\n"


ARI: Final = Dialect(
    heard=heard,
    written=written,
    gap=GAP,
    again=pbx_events,
    end=_END,
    channels=re.compile(rb'"(?:id|CHANNEL\(linkedid\))":\s*"([^"]+)"'),
)
