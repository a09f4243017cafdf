"""A handful of calls that between them need every kind of write, and whose they are in the CRM."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from bridge.crm.bitrix24.handles import handle_of
from bridge.domain.call_events import AgentRinging, CallEvent, CallStarted
from bridge.domain.record import (
    CallRecord,
    Client,
    Direction,
    Disposition,
    Recording,
    RecordingState,
)
from tests.portals.bitrix24.portal import Portal

BEGINNING: Final = datetime(2026, 9, 21, 9, tzinfo=UTC)
DID: Final = "+74952000001"
STRANGER, BUYER, RETURNED, CALLED, NEWCOMER, DIALLED = (
    f"+7916000000{number}" for number in range(1, 7)
)
USERS: Final = {"101": "1", "102": "2"}
_MISSED: Final[dict[str, Any]] = {
    "disposition": Disposition.MISSED,
    "answered_by": (),
    "responsible": None,
    "talk_seconds": 0.0,
}


class Begun(StrEnum):
    """How the portal has heard of a call before it is over."""

    NOT = "not"
    RINGS = "rings"  # announced as it rings
    CLICKED = "clicked"  # on the client's card
    TYPED = "typed"  # a number without a card


@dataclass(frozen=True, slots=True)
class Told:
    """One call in words: who, how, and the entities that show it when all is well."""

    client: str | None
    shown_on: frozenset[str] = frozenset()
    direction: Direction = Direction.INBOUND
    answered: bool = True
    further: bool = False  # a second recording
    begun: Begun = Begun.NOT

    @property
    def recordings(self) -> int:
        return (1 + self.further) if self.answered else 0


_LEAD: Final = frozenset({f"lead {STRANGER}"})
_DEAL: Final = frozenset({"contact Buyer", "deal Ten printers"})
STORY: Final = (
    Told(STRANGER, _LEAD),
    Told(BUYER, _DEAL),
    Told(STRANGER, _LEAD, answered=False),
    Told(RETURNED, frozenset({"contact Returned", f"lead {RETURNED}"}), further=True),
    Told(CALLED, direction=Direction.OUTBOUND),
    Told(BUYER, _DEAL, direction=Direction.OUTBOUND),
    Told(NEWCOMER, frozenset({f"lead {NEWCOMER}"}), begun=Begun.RINGS),
    Told(BUYER, _DEAL, begun=Begun.RINGS),
    Told(BUYER, _DEAL, direction=Direction.OUTBOUND, begun=Begun.CLICKED),
    Told(DIALLED, direction=Direction.OUTBOUND, begun=Begun.TYPED),
    Told(STRANGER, _LEAD, direction=Direction.OUTBOUND, begun=Begun.TYPED),
)
PLAIN: Final = tuple(n for n, told in enumerate(STORY) if told.begun is Begun.NOT)
BEGUN: Final = tuple(n for n, told in enumerate(STORY) if told.begun is not Begun.NOT)
LEADS: Final = (STRANGER, RETURNED, NEWCOMER)


def call_id(number: int) -> str:
    return f"pbx-17900000{number:02}.1"


def record(number: int, folder: Path) -> CallRecord:
    """The call of this number of the story; an answered one has its recordings in `folder`."""
    told = STORY[number]
    at = BEGINNING + timedelta(minutes=number)
    answered = CallRecord(
        call_id=call_id(number),
        pbx="pbx",
        direction=told.direction,
        client=Client(number=told.client, raw=told.client),
        did=DID,
        started_at=at,
        ended_at=at + timedelta(seconds=60),
        disposition=Disposition.ANSWERED,
        answered_by=("102",),
        responsible="102",
        talk_seconds=40.0 + number,
    )
    if not told.answered:
        return replace(answered, **_MISSED)
    ready = tuple(_recording(number, index, folder) for index in range(told.recordings))
    return replace(answered, recordings=ready)


def ringing(number: int) -> tuple[CallEvent, ...]:
    """What the PBX tells of this call as it begins."""
    one, told = call_id(number), STORY[number]
    at = BEGINNING + timedelta(minutes=number)
    client = Client(number=told.client, raw=told.client)
    return CallStarted(at, one, told.direction, client, DID), AgentRinging(at, one, "102")


def click(portal: Portal, number: int) -> str:
    """Somebody clicks in the portal: the handle of this call, as the event brings it."""
    told = STORY[number]
    known = told.begun is Begun.CLICKED
    contact = next(iter(portal.state.index.by_phone("contact", told.client or "")), 0)
    made = portal.click(
        portal.state.users[2],
        told.client or "",
        kind="contact" if known else "",
        id=contact if known else 0,
    )
    return handle_of(made.call_id, known=known)


def _recording(number: int, index: int, folder: Path) -> Recording:
    file = folder / f"{number}-{index}.mp3"
    file.write_bytes(sound(number, index))
    return Recording(id=f"r{index + 1}", file=str(file), state=RecordingState.READY)


def sound(number: int, index: int = 0) -> bytes:
    return f"ID3 conversation {number}.{index}".encode()


def add_clients(portal: Portal) -> None:
    """Whom the CRM knows before the first call."""
    buyer = portal.add("contact", BUYER, NAME="Buyer")
    portal.add("deal", TITLE="Ten printers", CONTACT_ID=buyer)
    portal.add("contact", RETURNED, NAME="Returned")
