"""The dry run: what would be written for these calls, with nothing written.

The CRM is only read. A lead that an earlier call of the run would have made is remembered, so that
two calls of one stranger show one lead, as they would in earnest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

from bridge.domain.commands import CreateLead
from bridge.domain.record import CallRecord
from bridge.outbox.destination import Destination
from bridge.rules.explain import explain_plan


class DryRun:
    """One destination. `lines` raises what reads of its CRM raise."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._made: dict[str, list[str]] = {}

    async def lines(self, records: Iterable[CallRecord]) -> AsyncIterator[str]:
        """One JSON line a command; see `explain_plan`."""
        for record in records:
            case = await self._destination.known_case(record, self, datetime.now(UTC))
            for planned in explain_plan(case):
                yield planned
            self._remember(record, case.plan())

    async def recent_leads(self, destination: str, client: str, since: datetime) -> list[str]:
        return self._made.get(client, [])
