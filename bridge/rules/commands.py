"""The commands that schemes share: the lead with its fields, and the call in the call list."""

from __future__ import annotations

from bridge.domain.commands import CreateLead, LogCall, MadeEntity, Planned, ResultOf, Target
from bridge.domain.entities import EntityKind, Match
from bridge.rules.case import Case
from bridge.rules.responsible import Assigned


def create_lead(case: Case, who: Assigned, why: str, of: Match | None = None) -> Planned:
    """A lead with the client's number and the DID; `of` an entity, it carries the repeat flag."""
    command = CreateLead(
        title=_title(case),
        phone=case.record.client.number,
        did=case.record.did,
        owner=who.user,
        contact=of.entity.id if of and of.entity.kind is EntityKind.CONTACT else None,
        company=_company(of),
        repeat=of is not None,
        pipeline=case.topic.pipeline or case.did.pipeline,
        stage=case.did.stage,
        fields=_fields(case, repeat=of is not None),
    )
    return Planned(case.lead_key, command, f"{why} Owner: {who.why}.")


def made_lead(case: Case) -> MadeEntity:
    """The lead that this plan makes."""
    return MadeEntity(EntityKind.LEAD, ResultOf(case.lead_key))


def log_call(
    case: Case,
    who: Assigned,
    why: str,
    *entities: Target,
    notes: tuple[str, ...] = (),
) -> Planned:
    """The call in the call list under `who`, shown on each of `entities`; `notes` go with it."""
    command = LogCall(
        call_id=case.record.call_id,
        user=who.user,
        entities=entities,
        notes=(*notes, *who.notes),
    )
    return Planned(case.log_key, command, f"{why} Responsible: {who.why}.")


def _company(of: Match | None) -> str | None:
    if of is None:
        return None
    return of.entity.id if of.entity.kind is EntityKind.COMPANY else of.company


def _title(case: Case) -> str:
    client = case.record.client
    return case.policy.lead_title.format(
        client=client.name or client.number or "hidden number",
        name=client.name or "",
        did=case.did.name or case.record.did or "",
        department=case.did.department,
    )


def _fields(case: Case, *, repeat: bool) -> dict[str, str]:
    """Only fields that the policy names: a CRM refuses those that it does not have."""
    flag = case.policy.repeat_flag
    return {**case.did.fields, **({flag: "yes"} if repeat and flag else {})}
