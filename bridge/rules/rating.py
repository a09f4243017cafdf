"""A rating that came when the CRM had the call already follows it there."""

from __future__ import annotations

from bridge.domain.commands import Planned, RateCall, ResultOf
from bridge.rules.case import Case


def attach(case: Case, rating: int, name: str) -> Planned:
    """`name` is this rating's among those of its call."""
    command = RateCall(call=ResultOf(case.log_key), rating=rating)
    return Planned(case.key("rate_call", name), command, "The client rated the call later.")
