"""Presence: can this person's telephone ring now, from what Asterisk says of its device."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Presence(StrEnum):
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
