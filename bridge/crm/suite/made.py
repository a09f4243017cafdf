"""The calls, leads and keys that checks and tests write into a CRM."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Final
from uuid import uuid4

from bridge.domain.commands import CreateLead
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.record import (
    CallRecord,
    Client,
    Direction,
    Disposition,
    Recording,
    RecordingState,
)

CLIENT: Final = "+79161234567"
STRANGER: Final = "+79031112233"
OFFICE: Final = "+74951000001"
DID: Final = "+74952000000"
NOWHERE: Final = "2147483000"  # an id that no CRM has given out yet

_RUN: Final = uuid4().hex[:8]
_numbers = count(1)


def key(command: str = "write") -> str:
    """A key that no other write has."""
    return f"test/{_RUN}-{next(_numbers)}/{command}"


def lead(**fields: object) -> CreateLead:
    given = {"title": "Звонок", "phone": STRANGER, "did": DID, "owner": None, **fields}
    return CreateLead(**given)  # type: ignore[arg-type]


def call(number: str | None = CLIENT, name: str | None = None) -> CallRecord:
    """A finished inbound call that 101 answered."""
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    return CallRecord(
        call_id=f"pbx-{_RUN}{next(_numbers)}.1",
        pbx="pbx",
        direction=Direction.INBOUND,
        client=Client(number=number, raw=number, name=name, withheld=number is None),
        did=DID,
        started_at=at,
        answered_at=at.replace(second=5),
        ended_at=at.replace(minute=1),
        disposition=Disposition.ANSWERED,
        answered_by=("101",),
        responsible="101",
        talk_seconds=55.0,
    )


def recording(id: str = "rec-1") -> Recording:
    return Recording(id=id, state=RecordingState.READY)


def ref(kind: str, id: str) -> EntityRef:
    return EntityRef(EntityKind(kind), id)
