"""Whose telephone can ring now: what one PBX tells of its devices and of pauses in its queues.

Read whole when a link comes up, then kept up by events; unknown while there is no link. The
tracker has no part in it: a device in use decides where a call goes, never who talked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from bridge.domain.directory import Directory
from bridge.routing.presence import Presence, presence, together

# What FreePBX and others set where a person dials the code for do-not-disturb.
_DND: Final = re.compile(r"Custom:(?:DEV)?DND(\d{2,8})")
_DND_ON: Final = ("BUSY", "INUSE")  # FreePBX's own code and pages write BUSY
# A queue's member that is no device: Local/101@from-queue/n, hint:101@ext-local.
_MEMBER: Final = re.compile(r"(?:Local/|hint:)(\d{2,8})@")
_MOST: Final = 100_000  # names come from outside

Thing = tuple[str, str]
"""A device, behind ""; or a queue and its member, whose state is "1" while it is paused."""
GONE: Final = "gone"
"""The state of who is no member of the queue any more."""


class Devices:
    """Of one PBX. `presence` is by extension, and changes while it is looked at."""

    def __init__(self, directory: Directory) -> None:
        self.presence: dict[str, Presence] = {}
        self._directory = directory
        self._said: dict[Thing, str] = {}
        self._of: dict[str, dict[Thing, str]] = {}

    def hear(self, thing: Thing, state: str) -> None:
        """The state of this thing is another now."""
        if thing not in self._said and len(self._said) >= _MOST:
            return
        self._said[thing] = state
        if extension := self.extension(thing[1]):
            things = self._of.setdefault(extension, {})
            things[thing] = state
            if state == GONE:
                del things[thing]
            self.presence[extension] = _seen(things)

    def learn(self, states: Iterable[tuple[Thing, str]]) -> None:
        """What there was when it was asked for; what was heard since the login is younger."""
        for thing, state in states:
            if thing not in self._said:
                self.hear(thing, state)

    def forget(self) -> None:
        """The link is lost: nothing is known until `learn`."""
        for known in (self._said, self._of, self.presence):
            known.clear()

    def read_anew(self, directory: Directory) -> None:
        """By a new directory."""
        said, self._directory = dict(self._said), directory
        self.forget()
        for thing, state in said.items():
            self.hear(thing, state)

    def extension(self, device: str) -> str | None:
        """Whose device, or member of a queue, this is."""
        found = _DND.fullmatch(device) or _MEMBER.match(device)
        return found[1] if found else self._directory.extension_of_device(device)


def _seen(things: Mapping[Thing, str]) -> Presence:
    """One person's devices and pauses as one word. A pause counts when it is in every queue."""
    devices: list[Presence] = []
    pauses: list[bool] = []
    for (queue, device), state in things.items():
        if queue:
            pauses.append(state == "1")
        elif _DND.fullmatch(device) is None:
            devices.append(presence(state))
        elif state in _DND_ON:
            return Presence.DND
    seen = together(devices)
    if pauses and all(pauses) and seen in (Presence.FREE, Presence.UNKNOWN):
        return Presence.PAUSED
    return seen
