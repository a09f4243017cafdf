"""What the outbox needs of others: a store for its entries, and the time. Adapters live above."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.domain.commands import Planned
from bridge.outbox.entries import Attempt, Entry, Work
from bridge.outbox.retry import Parked
from bridge.outbox.states import EntryMove, WriteMove


class StoreUnavailable(Exception):
    """The store failed for now (disk full, locked, away): free space or start it again."""


class LeaseLost(Exception):
    """Another worker has taken this entry over: leave it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """`next_due`: when there will be more, None when nothing waits. `held`: the destination needs
    a login; at most one entry is leased then, to try it."""

    entries: tuple[Entry, ...] = ()
    next_due: datetime | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one write: its key, the move it makes, the result if it has one."""

    key: str
    move: WriteMove
    result: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How a worker leaves an entry: the move and, where it applies, when it is due again, why a
    person must act, and the failures in a row with their beginning."""

    move: EntryMove
    due_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    reason: Parked | None = None
    detail: str = ""


class RecentLeads(Protocol):
    async def recent_leads(self, destination: str, client: str, since: datetime) -> list[str]:
        """Ids of leads that we made for this number since then: a CRM's search may lag."""
        ...


class Entries(RecentLeads, Protocol):
    """The outbox's part of the store. Each method is one transaction, committed on return.

    All raise StoreUnavailable; those that take an entry raise LeaseLost when it is not ours.
    """

    async def lease(
        self, destination: str, worker: str, *, now: datetime, until: datetime, limit: int
    ) -> Leased:
        """Up to `limit` due entries, in order of each client, ours until `until`."""
        ...

    async def load(self, entry: Entry) -> Work: ...

    async def store_plan(self, entry: Entry, planned: tuple[Planned, ...]) -> None:
        """The plan of an entry of which nothing has been written; replaces an earlier one."""
        ...

    async def sending(self, entry: Entry, key: str, *, now: datetime, until: datetime) -> None:
        """The write of `key` is about to be sent; the lease holds until `until`."""
        ...

    async def settle(self, entry: Entry, attempt: Attempt, settled: Settled | None = None) -> None:
        """Keep the attempt and, with it, what became of the write."""
        ...

    async def leave(self, entry: Entry, left: Left, *, now: datetime) -> None:
        """The worker is finished with the entry for now."""
        ...

    async def hold(self, destination: str, *, until: datetime, now: datetime, detail: str) -> None:
        """The destination needs a login; it is not tried before `until`."""
        ...

    async def unhold(self, destination: str) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    async def wait(self, event: asyncio.Event, until: datetime) -> None:
        """Return when the event is set or the moment has come."""
        ...
