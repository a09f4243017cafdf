"""Trouble: what does not work now; Incident: one trouble from its first sign to its end.

Rooms say what is in trouble (`Troubles`), bridge/notify decides what a person hears of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from bridge.domain.record import stamp


class TroubleKind(StrEnum):
    """What kind of thing fails: patience, urgency and who is told go by it."""

    LINK = "link"  # a PBX is not followed
    STORE = "store"  # records cannot be stored
    TASK = "task"  # a part of the daemon fails
    LOGIN = "login"  # a destination refuses our login
    FAILING = "failing"  # a destination does not take what is sent
    PARKED = "parked"  # entries wait for a person
    RECORDINGS = "recordings"  # recordings are not kept


# What is so while it lasts, of the subject.
LASTS: Final = {
    TroubleKind.LINK: "{} is not followed",
    TroubleKind.STORE: "{} cannot store calls",
    TroubleKind.TASK: "{} fails",
    TroubleKind.LOGIN: "{} refuses our login",
    TroubleKind.FAILING: "{} does not take calls",
    TroubleKind.PARKED: "{}: deliveries wait for a person",
    TroubleKind.RECORDINGS: "{}: recordings are not kept",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """`subject` and `kind` say which incident it is: never a call or a client, so that an incident
    is told once however many calls it meets. `what` and `act` are words for people."""

    subject: str
    kind: TroubleKind
    since: datetime
    what: str
    act: str = ""


class Troubles(Protocol):
    """Somebody who knows what is in trouble now."""

    kinds: frozenset[TroubleKind]  # what it knows of; a kind belongs to one source

    async def troubles(self, now: datetime) -> list[Trouble] | None:
        """None: it cannot tell now, so what was in trouble still is. Never raises."""
        ...


class IncidentState(StrEnum):
    """How far people know of it."""

    BREWING = "brewing"  # too short for anybody to hear of it
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"  # a person has seen it: no reminder
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`told_at`: when people last heard of it. `good_since`: no sign of the trouble since then.
    `id` 0: not stored yet."""

    id: int
    trouble: Trouble
    state: IncidentState = IncidentState.BREWING
    told_at: datetime | None = None
    good_since: datetime | None = None
    acknowledged_by: str = ""
    closed_at: datetime | None = None

    @property
    def key(self) -> tuple[str, TroubleKind]:
        """Subject and kind, of which there is one incident at a time."""
        return self.trouble.subject, self.trouble.kind

    def to_json(self) -> dict[str, Any]:
        """For people and programs, by the HTTP API's schema of an incident."""
        trouble = self.trouble
        return {
            "id": self.id,
            "state": str(self.state),
            "kind": str(trouble.kind),
            "subject": trouble.subject,
            "since": stamp(trouble.since),
            "what": trouble.what,
            "act": trouble.act,
            "told_at": stamp(self.told_at) if self.told_at else None,
            "acknowledged_by": self.acknowledged_by or None,
            "closed_at": stamp(self.closed_at) if self.closed_at else None,
        }
