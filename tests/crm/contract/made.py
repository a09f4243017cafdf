"""Short ways to put things into a CRM and to make the calls that are logged there."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Final

from bridge.domain.commands import CreateLead, Outcome, Verdict
from bridge.domain.entities import EntityKind, EntityRef
from bridge.domain.ports import Capability, Crm
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

_numbers = count(1)


def key(command: str = "write") -> str:
    """A key that no other write has."""
    return f"test/{next(_numbers)}/{command}"


def made(outcome: Outcome) -> str:
    """The id of what was written; fails when it was not."""
    assert outcome.verdict is Verdict.ACCEPTED, outcome
    assert outcome.result is not None
    return outcome.result


async def contact(crm: Crm, **fields: str) -> str:
    return made(await crm.create_contact({"name": "Иван Ёлкин", "phone": CLIENT, **fields}, key()))


async def company(crm: Crm, **fields: str) -> str:
    given = {"name": "ООО Ромашка", "phone": OFFICE, "inn": "7707083893", **fields}
    return made(await crm.create_company(given, key()))


async def deal(crm: Crm, pipeline: str, **fields: str) -> str:
    return made(await crm.create_deal({"title": "Принтер", **fields}, pipeline, key()))


def lead(**fields: object) -> CreateLead:
    given = {"title": "Звонок", "phone": STRANGER, "did": DID, "owner": None, **fields}
    return CreateLead(**given)  # type: ignore[arg-type]


def call(number: str | None = CLIENT, name: str | None = None) -> CallRecord:
    """A finished inbound call that 101 answered."""
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    return CallRecord(
        call_id=f"pbx-{next(_numbers)}.1",
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


async def something(crm: Crm, capabilities: frozenset[Capability]) -> Outcome:
    """A write that this CRM takes: a lead, or a call where it has no leads."""
    if Capability.LEADS in capabilities:
        return await crm.create_lead(lead(), key())
    return await crm.log_call(call(), None, (), key())


def recording(id: str) -> Recording:
    return Recording(id=id, state=RecordingState.READY)


def ref(kind: str, id: str) -> EntityRef:
    return EntityRef(EntityKind(kind), id)
