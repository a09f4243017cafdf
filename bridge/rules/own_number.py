"""One of our own numbers stands where the client's should: the beginning of the call was not seen,
and the dialplan had written it there. It is listed, and no client is made of it."""

from __future__ import annotations

from bridge.domain.commands import Planned
from bridge.rules.case import Case
from bridge.rules.commands import log_call
from bridge.rules.responsible import assigned


def applies(case: Case) -> bool:
    """Whether the client's number is one of the company's."""
    return case.record.client.number in case.policy.dids


def plan(case: Case) -> tuple[Planned, ...]:
    why = "The number is one of the company's own, so who called is not known: only listed."
    return (log_call(case, assigned(case), why),)
