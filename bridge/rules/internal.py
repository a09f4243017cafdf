"""Scheme 5: a call between agents never reaches the CRM."""

from __future__ import annotations

from bridge.domain.commands import Planned
from bridge.rules.case import Case


def plan(case: Case) -> tuple[Planned, ...]:
    return ()
