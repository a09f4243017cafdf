"""An office in words: calls of one client, what its CRM holds, and how to read a plan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bridge.domain.commands import CreateLead, LogCall, MadeEntity, Planned
from bridge.domain.entities import Deal, EntityKind, EntityRef, Lead, Match
from bridge.domain.record import (
    CallRecord,
    Client,
    Direction,
    Disposition,
    Recording,
    RecordingState,
)
from bridge.rules.case import Case, Known
from bridge.rules.plan import plan
from bridge.rules.policy import Did, Policy

CLIENT = "+79161234567"
SALES = "+74951112233"
SERVICE = "+74951112244"
USERS = {"101": "u101", "102": "u102", "201": "u201"}
POLICY = Policy(
    fallback_user="u-boss",
    dids={
        SALES: Did(name="Sales", department="Отдел продаж", owner="u-sales", pipeline="p1"),
        SERVICE: Did(owner="u-service", stage="new", fields={"Отдел": "Сервис"}),
    },
)


def call(direction: Direction = Direction.INBOUND, **facts: Any) -> CallRecord:
    answered: dict[str, Any] = {
        "call_id": "pbx-1.1",
        "client": Client(number=CLIENT, raw="89161234567"),
        "did": SALES,
        "disposition": Disposition.ANSWERED,
        "answered_by": ("101",),
        "responsible": "101",
        "recordings": (Recording(id="r1", file="r1.wav", state=RecordingState.READY),),
    }
    return CallRecord(pbx="pbx", direction=direction, **(answered | facts))


def missed(**facts: Any) -> CallRecord:
    nobody: dict[str, Any] = {
        "disposition": Disposition.MISSED,
        "answered_by": (),
        "responsible": None,
    }
    return call(**(nobody | facts))


def hidden(**facts: Any) -> CallRecord:
    return call(client=Client(raw="anonymous", withheld=True), **facts)


def contact(id: str = "7", *deals: Deal, company: str | None = None, owner: str = "u102") -> Match:
    ref = EntityRef(EntityKind.CONTACT, id)
    return Match(entity=ref, owner=owner, company=company, open_deals=deals)


def company(id: str = "5", *deals: Deal) -> Match:
    return Match(entity=EntityRef(EntityKind.COMPANY, id), owner="u201", open_deals=deals)


def lead_match(id: str = "3") -> Match:
    return Match(entity=EntityRef(EntityKind.LEAD, id), owner="u102")


def open_lead(id: str = "3") -> Lead:
    return Lead(id=id, owner="u102", phones=(CLIENT,))


def deal(id: str, day: int = 1) -> Deal:
    return Deal(id=id, changed_at=datetime(2026, 1, day, tzinfo=UTC))


def case(record: CallRecord, *known: Match | Lead, policy: Policy = POLICY) -> Case:
    return Case(
        record=record,
        destination="crm",
        known=Known(
            matches=tuple(item for item in known if isinstance(item, Match)),
            open_leads=tuple(item for item in known if isinstance(item, Lead)),
        ),
        policy=policy,
        users=USERS,
    )


def planned(record: CallRecord, *known: Match | Lead, policy: Policy = POLICY) -> list[Planned]:
    return list(plan(case(record, *known, policy=policy)))


def words(commands: list[Planned]) -> list[str]:
    """`create_lead`, `log_call on contact 7, the new lead`, `attach_recording r1`."""
    return [_words(item) for item in commands]


def lead_of(commands: list[Planned]) -> CreateLead:
    return next(item.command for item in commands if isinstance(item.command, CreateLead))


def log_of(commands: list[Planned]) -> LogCall:
    return next(item.command for item in commands if isinstance(item.command, LogCall))


def _words(item: Planned) -> str:
    match item.command:
        case LogCall(entities=()):
            return "log_call"
        case LogCall(entities=entities):
            return f"log_call on {', '.join(_target(entity) for entity in entities)}"
        case CreateLead():
            return "create_lead"
        case _:
            return " ".join(item.key.split("/")[2:])


def _target(entity: EntityRef | MadeEntity) -> str:
    return "the new lead" if isinstance(entity, MadeEntity) else f"{entity.kind} {entity.id}"
