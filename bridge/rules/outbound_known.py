"""Scheme 4: an agent calls a number that the CRM stores. Never makes an entity."""

from __future__ import annotations

from bridge.domain.commands import Planned
from bridge.rules.attached import attached
from bridge.rules.case import Case
from bridge.rules.entity import winner


def plan(case: Case) -> tuple[Planned, ...]:
    found = winner(case.known, case.policy)
    why = " The open deal takes it too." if found.deals else ""
    return attached(case, found, why, *found.deals)
