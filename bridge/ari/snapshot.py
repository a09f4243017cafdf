"""All that one Asterisk has now, by ARI: its channels, who is in which mixing bridge, who waits in
a queue, and the devices of people.

As AMI's lists these are not of one moment, and need not be: see `bridge.link.link`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from bridge.ari.message import LINKEDID, Body, part, word
from bridge.ari.rest import NotThere, Rest
from bridge.ari.translate import bridge_kind, channel, queue_of
from bridge.domain.pbx_events import BridgeEntered, QueueJoined, SnapshotTaken
from bridge.link.damage import Malformed
from bridge.link.devices import Thing

_AT_ONCE: Final = 8  # requests under way together
_DND: Final = ("Custom:DND", "Custom:DEVDND")


async def started_at(rest: Rest) -> str:
    """When this Asterisk started: the same text means the same process."""
    info = await rest.get("asterisk/info", only="status")
    return word(part(info if isinstance(info, dict) else {}, "status"), "startup_time")


async def take_snapshot(rest: Rest) -> SnapshotTaken:
    """Raises what `rest` raises."""
    channels = _objects(await rest.get("channels"))
    bridges = _objects(await rest.get("bridges"))
    linked = await _each(channels, lambda one: _linkedid(rest, one))
    told = zip(channels, linked, strict=True)
    whole = [{**one, "channelvars": {LINKEDID: linkedid}} for one, linkedid in told]
    return assembled(datetime.now(UTC), whole, bridges)


def assembled(
    at: datetime | None, channels: Iterable[Body], bridges: Iterable[Body]
) -> SnapshotTaken:
    """The lists as one snapshot. Who is in a bridge but not among the channels came after these
    were listed: the events that follow tell of it. Who is in Queue() and in no mixing bridge
    waits."""
    found = {}
    queues: dict[str, str] = {}
    for one in channels:
        try:
            who = channel(one)
        except Malformed:
            continue
        found[who.uniqueid], queues[who.uniqueid] = who, queue_of(one)
    members = [
        BridgeEntered(at, found[member], word(bridge, "id"), bridge_kind(bridge))
        for bridge in bridges
        for member in _members(bridge)
        if member in found and word(bridge, "id")
    ]
    inside = {member.channel.uniqueid for member in members}
    waiting = [
        QueueJoined(at, found[who], queue)
        for who, queue in queues.items()
        if queue and who not in inside
    ]
    return SnapshotTaken(at, tuple(found.values()), tuple(members), tuple(waiting))


async def device_states(
    rest: Rest, extension: Callable[[str], str | None]
) -> list[tuple[Thing, str]]:
    """The devices of everybody who has an extension. ARI lists endpoints, and tells the state of
    a device whose name is known; of pauses in queues it tells nothing."""
    devices = await endpoints(rest)
    people = {who: device for device in devices if (who := extension(device))}
    names = [device for device in devices if extension(device)]
    names += [f"{prefix}{who}" for who in people for prefix in _DND]
    states = await _each(names, lambda name: _state(rest, name))
    return [(("", name), state) for name, state in zip(names, states, strict=True) if state]


async def endpoints(rest: Rest) -> list[str]:
    """Every telephone and trunk that is set up, as PJSIP/101."""
    told = _objects(await rest.get("endpoints"))
    return [f"{word(one, 'technology')}/{word(one, 'resource')}" for one in told]


async def _state(rest: Rest, name: str) -> str:
    told = await rest.get(f"deviceStates/{quote(name, safe='')}")
    return word(told if isinstance(told, dict) else {}, "state")


async def _linkedid(rest: Rest, one: Body) -> str:
    """Events and lists have it only where `channelvars` of ari.conf says so."""
    if linkedid := word(part(one, "channelvars"), LINKEDID):
        return linkedid
    path = f"channels/{quote(word(one, 'id'), safe='')}/variable"
    try:
        told = await rest.get(path, variable=LINKEDID)
    except NotThere:  # it ended meanwhile
        return ""
    return word(told if isinstance(told, dict) else {}, "value")


async def _each(things: list[Any], ask: Callable[[Any], Any]) -> list[str]:
    """The answers in order, a few asked for at once."""
    found: list[str] = []
    for start in range(0, len(things), _AT_ONCE):
        found += await asyncio.gather(*(ask(one) for one in things[start : start + _AT_ONCE]))
    return found


def _objects(told: object) -> list[Mapping[str, Any]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _members(bridge: Body) -> list[str]:
    members = bridge.get("channels")
    return [one for one in members if isinstance(one, str)] if isinstance(members, list) else []
