"""Devices, and pauses of members of queues, as AMI tells of them: by events, and by two lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bridge.ami.codec import Frame
from bridge.ami.snapshot import Asking
from bridge.link.devices import GONE, Thing

DEVICE: Final = "DeviceStateChange"
PAUSE: Final = "QueueMemberPause"
# Who logs in to a queue begins with a pause of his own, or none; who logs out is not paused there.
ADDED, REMOVED = "QueueMemberAdded", "QueueMemberRemoved"
KINDS: Final = frozenset({DEVICE, PAUSE, ADDED, REMOVED})


def state(frame: Frame) -> tuple[Thing, str]:
    """What one event of KINDS says, or one entry of a list."""
    if frame.kind == DEVICE:
        return ("", frame.get("Device")), frame.get("State")
    member = frame.get("StateInterface") or frame.get("Interface")
    return (frame.get("Queue"), member), GONE if frame.kind == REMOVED else frame.get("Paused")


async def states(ask: Asking) -> Iterator[tuple[Thing, str]]:
    """What there is now. A user without the right to a list leaves it to the events. Raises what
    `ask` raises."""
    devices, queues = await ask("DeviceStateList"), await ask("QueueStatus")
    members = (frame for frame in queues.items if frame.kind == "QueueMember")
    return (state(frame) for frame in (*devices.items, *members))
