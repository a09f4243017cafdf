"""An office whose calls end, and all that is due is delivered to the CRM that is tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bridge.domain.counters import NoCounters
from bridge.domain.ports import Crm
from bridge.domain.record import (
    CallRecord,
    Client,
    Direction,
    Disposition,
    Recording,
    RecordingState,
)
from bridge.outbox.carrier import LEASE, Carrier
from bridge.outbox.destination import Destination, Link
from bridge.outbox.retry import RetrySettings
from bridge.outbox.users import users_of
from bridge.rules.policy import Policy
from bridge.storage.store import Store
from tests.outbox.conftest import StillClock

CLIENT = "+79161234567"
SALES, SERVICE = "+74952000001", "+74952000002"


class Office:
    """Finishes calls and delivers all that is due. `link`: the CRM gets addresses of recordings."""

    def __init__(
        self, store: Store, crm: Crm, folder: Path, policy: Policy, link: Link | None = None
    ) -> None:
        self.store, self.folder = store, folder
        self.clock = StillClock()
        self.destination = Destination(name="crm", crm=crm, policy=policy, link=link)
        self._carrier = Carrier(
            self.destination,
            store,
            clock=self.clock,
            dice=lambda: 0.0,
            counters=NoCounters(),
            settings=RetrySettings(ask_after=timedelta()),
        )
        self._calls = 0

    async def finish(self, direction: Direction = Direction.INBOUND, **facts: Any) -> CallRecord:
        """One finished call, delivered with its recording."""
        self._calls += 1
        record = self._record(direction, **facts)
        users = self.destination.users
        self.destination.users = await users_of(self.destination.crm, {}, users)
        await self.store.finish(record, ["crm"], now=self.clock.now())
        await self.deliver()
        return record

    async def deliver(self) -> None:
        for _ in range(20):
            self.clock.move(timedelta(hours=1))
            now = self.clock.now()
            leased = await self.store.lease("crm", "w", now=now, until=now + LEASE, limit=10)
            for work in leased.works:
                await self._carrier.carry(work)

    async def states(self) -> set[str]:
        return {str(entry.state) for entry in await self.store.deliveries()}

    def _record(self, direction: Direction, **facts: Any) -> CallRecord:
        file = self.folder / f"{self._calls}.mp3"
        file.write_bytes(b"ID3 a conversation")
        at = datetime(2026, 9, 21, 8, 50, tzinfo=UTC)
        given: dict[str, Any] = {
            "call_id": f"pbx-17900000{self._calls:02}.1",
            "client": Client(number=CLIENT, raw=CLIENT),
            "did": SALES,
            "started_at": at,
            "disposition": Disposition.ANSWERED,
            "answered_by": ("101",),
            "responsible": "101",
            "talk_seconds": 95.4,
            "recordings": (Recording(id="r1", file=str(file), state=RecordingState.READY),),
        }
        return CallRecord(pbx="pbx", direction=direction, **(given | facts))
