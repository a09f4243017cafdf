"""What the outbox needs of others: a store for its entries, and the time. Adapters live above."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.commands import Planned
from bridge.domain.ports import Announced
from bridge.domain.transcription import Lines
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

    works: tuple[Work, ...] = ()
    next_due: datetime | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one write: its key, the move it makes, the result if it has one."""

    key: str
    move: WriteMove
    result: str | None = None


@dataclass(frozen=True, slots=True)
class NewPlan:
    """The plan of an entry of which nothing has been written, where there was one before or not."""

    planned: tuple[Planned, ...]
    replaces: bool = True


@dataclass(frozen=True, slots=True)
class Sending:
    """The write of this key is about to be sent: from now on only the CRM knows its fate."""

    key: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt, and what became of the write, where that is known."""

    attempt: Attempt
    settled: Settled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The destination needs a login; it is not tried before `until`."""

    until: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How a worker leaves an entry: the move and, where it applies, when it is due again, why a
    person must act, and the failures in a row with their beginning. A recording that is finished
    with words has no place in the CRM, for the reason that they say."""

    move: EntryMove
    due_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    reason: Parked | None = None
    detail: str = ""


Fact = NewPlan | Sending | Tried | Hold | Left


class Entries(Protocol):
    """The outbox's part of the store. Each method is one transaction, committed on return.

    All raise StoreUnavailable.
    """

    async def lease(
        self, destination: str, worker: str, *, now: datetime, until: datetime, limit: int
    ) -> Leased:
        """Up to `limit` due entries, in order of each client, ours until `until`."""
        ...

    async def note(
        self, entry: Entry, *facts: Fact, now: datetime, until: datetime | None = None
    ) -> None:
        """All of these facts about a leased entry, or none of them; the lease lasts until `until`
        then. A note that begins with a settled write may be repeated when its fate is not known.
        Raises LeaseLost when the entry is not ours."""
        ...

    async def reclaim(
        self, destination: str, worker: str, *, carrying: Collection[int], now: datetime
    ) -> int:
        """Free what this worker has leased and no longer carries, and what dead workers leave
        behind. Returns how many."""
        ...

    async def clock_set_back(self, destination: str, by: timedelta) -> None:
        """What waits for a time need not wait longer because the clock was wrong."""
        ...

    async def unhold(self, destination: str) -> None:
        """The destination has taken a login: it is held no more."""
        ...

    async def transcription(self, call_id: str) -> Lines:
        """What was said in this call; empty where nobody told us."""
        ...


class Announcements(Protocol):
    """The part of the store that remembers what a CRM was told of calls in progress. All raise
    StoreUnavailable."""

    async def announcing(
        self, destination: str, call_id: str, announced: Announced, *, now: datetime
    ) -> bool:
        """Keep what is about to be sent. False: something was kept before, and stands."""
        ...

    async def answered(self, destination: str, call_id: str, handle: str) -> None:
        """What was kept has this handle in the CRM."""
        ...

    async def announced(self, destination: str, call_id: str) -> Announced | None:
        """What is kept of this call; None where nothing was announced."""
        ...


class Clock(Protocol):
    """The time, so that tests may give their own."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    async def wait(self, event: asyncio.Event, until: datetime) -> None:
        """Return when the event is set or the moment has come."""
        ...
