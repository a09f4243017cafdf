"""Whose telephone can ring now: what one PBX tells of its devices and of pauses in its queues.

Read whole when a link comes up, then kept up by events; unknown while there is no link. The
tracker has no part in it: a device in use decides where a call goes, never who talked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bridge.ami.codec import Frame
from bridge.ami.snapshot import Asking
from bridge.domain.directory import Directory
from bridge.routing.presence import Presence, presence, together

DEVICE: Final = "DeviceStateChange"
PAUSE: Final = "QueueMemberPause"
# What FreePBX and others set where a person dials the code for do-not-disturb.
_DND: Final = re.compile(r"Custom:(?:DEV)?DND(\d{2,8})")
# A queue's member that is no device: Local/101@from-queue/n, hint:101@ext-local.
_MEMBER: Final = re.compile(r"(?:Local/|hint:)(\d{2,8})@")
_MOST: Final = 100_000  # names come from outside

_Thing = tuple[str, str]  # "" and a device, or a queue and its member


class Devices:
    """Of one PBX. `presence` is by extension, and changes while it is looked at."""

    kinds: Final = frozenset({DEVICE, PAUSE})

    def __init__(self, directory: Directory) -> None:
        self.presence: dict[str, Presence] = {}
        self._directory = directory
        self._said: dict[_Thing, str] = {}
        self._of: dict[str, dict[_Thing, str]] = {}

    def hear(self, frame: Frame) -> None:
        """One event of `kinds`."""
        self._take(_thing(frame), _state(frame))

    async def learn(self, ask: Asking) -> None:
        """What there is already. Events that came since the login are younger than these lists. A
        user without the right to them leaves it to the events. Raises what `ask` raises."""
        states, queues = await ask("DeviceStateList"), await ask("QueueStatus")
        members = (frame for frame in queues.items if frame.kind == "QueueMember")
        for frame in (*states.items, *members):
            if _thing(frame) not in self._said:
                self.hear(frame)

    def forget(self) -> None:
        """The link is lost: nothing is known until `learn`."""
        for known in (self._said, self._of, self.presence):
            known.clear()

    def read_anew(self, directory: Directory) -> None:
        """By a new directory."""
        said, self._directory = dict(self._said), directory
        self.forget()
        for thing, state in said.items():
            self._take(thing, state)

    def _take(self, thing: _Thing, state: str) -> None:
        if thing not in self._said and len(self._said) >= _MOST:
            return
        self._said[thing] = state
        if extension := self._extension(thing[1]):
            things = self._of.setdefault(extension, {})
            things[thing] = state
            self.presence[extension] = _seen(things)

    def _extension(self, device: str) -> str | None:
        found = _DND.fullmatch(device) or _MEMBER.match(device)
        return found[1] if found else self._directory.extension_of_device(device)


def _thing(frame: Frame) -> _Thing:
    if frame.kind == DEVICE:
        return "", frame.get("Device")
    return frame.get("Queue"), frame.get("StateInterface") or frame.get("Interface")


def _state(frame: Frame) -> str:
    return frame.get("State" if frame.kind == DEVICE else "Paused")


def _seen(things: Mapping[_Thing, str]) -> Presence:
    """One person's devices and pauses as one word. A pause counts when it is in every queue."""
    dnd = [state for (_, device), state in things.items() if _DND.fullmatch(device)]
    if "INUSE" in dnd:
        return Presence.DND
    pauses = [state == "1" for (queue, _), state in things.items() if queue]
    seen = together(
        presence(state)
        for (queue, device), state in things.items()
        if not queue and not _DND.fullmatch(device)
    )
    if pauses and all(pauses) and seen in (Presence.FREE, Presence.UNKNOWN):
        return Presence.PAUSED
    return seen
