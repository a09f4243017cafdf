"""All that one Asterisk has now: its channels, who is in which mixing bridge, who waits in a queue.

The lists are read one after the other, so they are not of one moment. They need not be: see
`bridge.ami.link` for why the events around them make it good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from bridge.ami.codec import Frame
from bridge.ami.protocol import Reply, Value
from bridge.ami.translate import bridge_kind, maybe_channel, moment
from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeKind,
    ChannelSnapshot,
    QueueJoined,
    SnapshotTaken,
)
from bridge.link.damage import Malformed
from bridge.link.errors import LinkDown, Refused

_AT_ONCE: Final = 50  # BridgeInfo actions under way together
# A blind transfer sets it on whom it sends away, the next bridge clears it (bridge.c and
# bridge_channel_internal_join in bridge_channel.c).
_SENT_BY: Final = "BLINDTRANSFER"


class Asking(Protocol):
    """How to send one action (`Session.action`)."""

    def __call__(
        self, name: str, headers: Mapping[str, Value] | None = None, /
    ) -> Awaitable[Reply]: ...


_UNASKABLE: Final = frozenset("\r\n\0")  # in no header of a request


async def started_at(ask: Asking) -> str:
    """When this Asterisk started, by its own wall clock: the same text means the same process."""
    status = _granted(await ask("CoreStatus"), "CoreStatus").response
    return f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}"


async def clock(ask: Asking) -> datetime | None:
    """The PBX's own time, by which it stamps its events."""
    return moment((await ask("Ping")).response)


async def take_snapshot(ask: Asking) -> SnapshotTaken:
    """Raises Refused when the AMI user may not list channels; whatever `ask` raises."""
    at = await clock(ask)
    channels = _granted(await ask("CoreShowChannels"), "CoreShowChannels").items
    bridges = _granted(await ask("BridgeList"), "BridgeList").items
    infos = await _inside(ask, bridges)
    queues = await ask("QueueStatus")  # an Asterisk without app_queue does not know it
    told = await ask("Status", {"Variables": _SENT_BY})
    return assembled(at, channels, bridges, infos, queues.items, told.items)


def assembled(
    at: datetime | None,
    channels: Iterable[Frame],
    bridges: Iterable[Frame],
    infos: Mapping[str, Iterable[Frame]],
    queues: Iterable[Frame],
    told: Iterable[Frame] = (),
) -> SnapshotTaken:
    """The lists as one snapshot. Who is in a bridge or queue but not among the channels came
    after the channels were listed: the events that follow tell of it."""
    sent = {one.get("Uniqueid"): _sent_by(one) for one in told}
    found = {
        one.uniqueid: replace(one, sent_by=sent.get(one.uniqueid, ""))
        for one in map(_channel, channels)
        if one is not None
    }
    kinds = {bridge.get("BridgeUniqueid"): bridge_kind(bridge) for bridge in bridges}
    members = [
        BridgeEntered(at, found[member], bridge, kinds.get(bridge, BridgeKind.MIXING))
        for bridge, inside in infos.items()
        for member in (frame.get("Uniqueid") for frame in inside)
        if member in found
    ]
    waiting = [
        QueueJoined(at, found[entry.get("Uniqueid")], entry.get("Queue"))
        for entry in queues
        if entry.kind == "QueueEntry" and entry.get("Uniqueid") in found
    ]
    return SnapshotTaken(at, tuple(found.values()), tuple(members), tuple(waiting))


def _channel(frame: Frame) -> ChannelSnapshot | None:
    try:
        return maybe_channel(frame)
    except Malformed:  # a line break smuggled into a name: its own events will tell
        return None


def _sent_by(frame: Frame) -> str:
    """The `Variable: NAME=VALUE` of a Status event."""
    name, _, value = frame.get("Variable").partition("=")
    return value if name == _SENT_BY else ""


async def _inside(ask: Asking, bridges: Iterable[Frame]) -> dict[str, tuple[Frame, ...]]:
    """Who is in each bridge; one that ended meanwhile has nobody."""
    named = (bridge.get("BridgeUniqueid") for bridge in bridges)
    names = [name for name in named if name and _UNASKABLE.isdisjoint(name)]
    inside: dict[str, tuple[Frame, ...]] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        asked = (ask("BridgeInfo", {"BridgeUniqueid": name}) for name in some)
        for name, reply in zip(some, await asyncio.gather(*asked), strict=True):
            inside[name] = reply.items
    return inside


def _granted(reply: Reply, action: str) -> Reply:
    if reply.ok:
        return reply
    if "permission" in reply.message.lower():
        raise Refused(
            f"the AMI user may not do {action}: add `reporting` to its write= in manager.conf"
        )
    raise LinkDown(f"{action} failed: {reply.message or 'no reason given'}")
