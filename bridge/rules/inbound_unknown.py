"""Scheme 1: a client calls whose number nothing in the CRM stores, or who hides the number."""

from __future__ import annotations

from bridge.domain.commands import Planned
from bridge.rules.case import Case
from bridge.rules.commands import create_lead, log_call, made_lead
from bridge.rules.policy import HiddenNumber, UnknownCaller
from bridge.rules.responsible import assigned

_WHY = {
    UnknownCaller.CREATE: "Nothing in the CRM stores this number, so a new lead is made.",
    UnknownCaller.OFFER: "Nothing in the CRM stores this number; the operator's card offers to"
    " create a contact, so nothing is made by itself.",
    UnknownCaller.LOG_ONLY: "Nothing in the CRM stores this number, and unknown callers are only"
    " listed.",
}
_WHY_HIDDEN = {
    HiddenNumber.CREATE: "The client's number is hidden or unreadable; a lead without a number"
    " is made.",
    HiddenNumber.LOG_ONLY: "The client's number is hidden or unreadable, so the call is only"
    " listed.",
}


def plan(case: Case) -> tuple[Planned, ...]:
    hidden = case.record.client.number is None
    choice = case.policy.hidden if hidden else case.policy.unknown.inbound
    why = _WHY_HIDDEN[case.policy.hidden] if hidden else _WHY[case.policy.unknown.inbound]
    who = assigned(case)
    if choice not in (UnknownCaller.CREATE, HiddenNumber.CREATE):
        return (log_call(case, who, why),)
    lead = create_lead(case, who, why)
    return lead, log_call(case, who, "The call belongs to the new lead.", made_lead(case))
