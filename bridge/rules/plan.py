"""Which scheme a call falls under, and its whole plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.domain.commands import Planned
from bridge.domain.record import Direction
from bridge.rules import (
    callback,
    inbound_known,
    inbound_unknown,
    internal,
    outbound_known,
    outbound_unknown,
    own_number,
    recordings,
    service_number,
)
from bridge.rules.case import Case

Scheme = Callable[[Case], tuple[Planned, ...]]

# (direction, does the CRM know the number) → scheme
SCHEMES: Final[dict[tuple[Direction, bool], Scheme]] = {
    (Direction.INBOUND, False): inbound_unknown.plan,
    (Direction.INBOUND, True): inbound_known.plan,
    (Direction.OUTBOUND, False): outbound_unknown.plan,
    (Direction.OUTBOUND, True): outbound_known.plan,
    (Direction.INTERNAL, False): internal.plan,
    (Direction.INTERNAL, True): internal.plan,
}
# Numbers that are no client's: asked before the schemes.
NOBODYS: Final[tuple[tuple[Callable[[Case], bool], Scheme], ...]] = (
    (own_number.applies, own_number.plan),
    (service_number.applies, service_number.plan),
)


def plan_call(case: Case) -> tuple[Planned, ...]:
    """What is written for the call itself, in order; recordings follow on their own."""
    if case.record.direction is not Direction.INTERNAL:
        for applies, scheme in NOBODYS:
            if applies(case):
                return scheme(case)
    calls = SCHEMES[case.record.direction, bool(case.known)](case)
    return (*calls, *callback.plan(case, calls))


def plan(case: Case) -> tuple[Planned, ...]:
    """All that the CRM would be asked to do, in order."""
    calls = plan_call(case)
    return (*calls, *recordings.plan(case)) if calls else ()
