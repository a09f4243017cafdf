"""An extension or a service of some network (112, 900) stands where the client's number should: no
client has it, so nothing is looked up or made, whatever hidden numbers do."""

from __future__ import annotations

from bridge.domain.commands import Planned
from bridge.domain.numbers import short
from bridge.rules.case import Case
from bridge.rules.commands import log_call
from bridge.rules.responsible import assigned


def applies(case: Case) -> bool:
    """Whether E.164 has no such number, and no client's is as short."""
    client = case.record.client
    return client.number is None and short(client.raw)


def plan(case: Case) -> tuple[Planned, ...]:
    why = "The number is a short one, of a service or an extension: no client's, so only listed."
    return (log_call(case, assigned(case), why),)
