"""Scheme 2: a client calls whose number the CRM stores.

An open deal takes the call and no lead is made; else an open lead takes it; else a lead with the
repeat flag is made and the contact attached to it.
"""

from __future__ import annotations

from bridge.domain.commands import Planned
from bridge.domain.entities import EntityKind, EntityRef
from bridge.rules.attached import attached
from bridge.rules.case import Case, named
from bridge.rules.commands import create_lead, log_call, made_lead
from bridge.rules.entity import Winner, winner
from bridge.rules.responsible import assigned


def plan(case: Case) -> tuple[Planned, ...]:
    found = winner(case.known, case.policy)
    if found.deals:
        return attached(
            case, found, " An open deal takes it too, so no lead is made.", *found.deals
        )
    if lead := _open_lead(case, found):
        return attached(
            case, found, f" {named(lead)} is still open, so no second one is made.", lead
        )
    return _repeat(case, found)


def _open_lead(case: Case, found: Winner) -> EntityRef | None:
    leads = [EntityRef(EntityKind.LEAD, lead.id) for lead in case.known.open_leads]
    if found.match.entity in leads:
        return found.match.entity
    return leads[0] if leads else None


def _repeat(case: Case, found: Winner) -> tuple[Planned, ...]:
    entity = found.match.entity
    who = assigned(case, found.match.owner)
    why = f"{named(entity)} stores this number but has no open deal or lead: a repeat request."
    lead = create_lead(case, who, why, of=found.match)
    log = log_call(
        case,
        who,
        f"{named(entity)} stores this number, and the repeat lead takes the call too.",
        entity,
        made_lead(case),
        notes=found.notes,
    )
    return lead, log
