"""Scheme 3: an agent calls a number that nothing in the CRM stores: the call list, no entity."""

from __future__ import annotations

from bridge.domain.commands import Planned
from bridge.rules.case import Case
from bridge.rules.commands import create_lead, log_call, made_lead
from bridge.rules.policy import UnknownCaller
from bridge.rules.responsible import assigned


def plan(case: Case) -> tuple[Planned, ...]:
    who = assigned(case)
    known_number = case.record.client.number is not None
    if known_number and case.policy.unknown.outbound is UnknownCaller.CREATE:
        lead = create_lead(case, who, "Outgoing calls to unknown numbers are set to make leads.")
        return lead, log_call(case, who, "The call belongs to the new lead.", made_lead(case))
    why = "An outgoing call to a number that the CRM does not store is only listed."
    return (log_call(case, who, why),)
