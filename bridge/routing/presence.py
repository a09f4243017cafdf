"""Presence: can this person's telephone ring now, from what Asterisk says of its device."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Presence(StrEnum):
    """The words stand in the path of a decision, for people."""

    FREE = "free"
    IN_USE = "in use"
    DND = "does not want to be disturbed"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"  # nobody told: worth a try


# Asterisk's device states, as DeviceStateChange of AMI and deviceStates of ARI name them.
STATES: Final = {
    "NOT_INUSE": Presence.FREE,
    "RINGING": Presence.IN_USE,
    "INUSE": Presence.IN_USE,
    "RINGINUSE": Presence.IN_USE,
    "ONHOLD": Presence.IN_USE,
    "BUSY": Presence.DND,
    "UNAVAILABLE": Presence.UNREACHABLE,
    "INVALID": Presence.UNREACHABLE,
    "UNKNOWN": Presence.UNKNOWN,
}


def presence(state: str) -> Presence:
    """What a device state means for a call that wants this person; anything new is unknown."""
    return STATES.get(state.strip().upper().replace(" ", "_"), Presence.UNKNOWN)


# One person's several telephones: the first of these that any of them says.
_FIRST: Final = (Presence.IN_USE, Presence.DND, Presence.FREE, Presence.UNKNOWN)


def together(devices: Iterable[Presence]) -> Presence:
    """What a person's telephones say together: unreachable is who is so at every one of them."""
    said = set(devices)
    default = Presence.UNREACHABLE if said else Presence.UNKNOWN
    return next((one for one in _FIRST if one in said), default)
