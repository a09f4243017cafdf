"""The dry run: what would be written for these calls, with nothing written.

The CRM is only read. A lead that an earlier call of the run would have made is remembered, so that
two calls of one stranger show one lead, as they would in earnest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from bridge.domain.commands import CreateLead, Planned
from bridge.domain.record import CallRecord
from bridge.outbox.destination import Destination
from bridge.rules.explain import explain_plan
from bridge.rules.plan import plan


class DryRun:
    """One destination. `lines` raises what reads of its CRM raise."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._made: dict[str, list[str]] = {}

    async def lines(self, records: Iterable[CallRecord]) -> AsyncIterator[str]:
        """One JSON line a command; see `explain_plan`."""
        for record in records:
            made = self._made.get(record.client.number or "", [])
            known = await self._destination.known(record, made)
            elsewhere = await self._destination.elsewhere(record, known)
            case = self._destination.case(record, known, elsewhere)
            for line in explain_plan(case):
                yield line
            self._remember(record, plan(case))

    def _remember(self, record: CallRecord, planned: tuple[Planned, ...]) -> None:
        number = record.client.number
        if number and any(isinstance(item.command, CreateLead) for item in planned):
            self._made[number] = [f"new by {record.call_id}"]
