"""A handful of calls that between them need every kind of write, and whose they are in the CRM."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

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
STRANGER, BUYER, RETURNED, CALLED = (f"+7916000000{number}" for number in range(1, 5))
USERS: Final = {"101": "1", "102": "2"}
_MISSED: Final[dict[str, Any]] = {
    "disposition": Disposition.MISSED,
    "answered_by": (),
    "responsible": None,
    "talk_seconds": 0.0,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One call in words: who, how, and the entities that show it when all is well."""

    client: str | None
    shown_on: frozenset[str] = frozenset()
    direction: Direction = Direction.INBOUND
    answered: bool = True


_LEAD: Final = frozenset({f"lead {STRANGER}"})
_DEAL: Final = frozenset({"contact Buyer", "deal Ten printers"})
STORY: Final = (
    Told(STRANGER, _LEAD),
    Told(BUYER, _DEAL),
    Told(STRANGER, _LEAD, answered=False),
    Told(RETURNED, frozenset({"contact Returned", f"lead {RETURNED}"})),
    Told(CALLED, direction=Direction.OUTBOUND),
    Told(BUYER, _DEAL, direction=Direction.OUTBOUND),
)
LEADS: Final = (STRANGER, RETURNED)


def call_id(number: int) -> str:
    return f"pbx-17900000{number:02}.1"


def record(number: int, folder: Path) -> CallRecord:
    """The call of this number of the story; an answered one has a recording in `folder`."""
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
    file = folder / f"{number}.mp3"
    file.write_bytes(sound(number))
    ready = Recording(id="r1", file=str(file), state=RecordingState.READY)
    return replace(answered, recordings=(ready,))


def sound(number: int) -> bytes:
    return f"ID3 conversation {number}".encode()


def add_clients(portal: Portal) -> None:
    """Whom the CRM knows before the first call."""
    buyer = portal.add("contact", BUYER, NAME="Buyer")
    portal.add("deal", TITLE="Ten printers", CONTACT_ID=buyer)
    portal.add("contact", RETURNED, NAME="Returned")
