"""The lane of one destination: it leases what is due and carries several entries at a time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars

from bridge.domain.counters import Counters, NoCounters
from bridge.outbox.carrier import LEASE, Carrier
from bridge.outbox.destination import Destination
from bridge.outbox.entries import Entry, Work
from bridge.outbox.ports import Clock, Entries, Leased, LeaseLost, Left, StoreUnavailable
from bridge.outbox.retry import Parked, RetrySettings, Step
from bridge.outbox.states import EntryMove

_LOOK_AGAIN: Final = timedelta(seconds=30)  # another process may have changed the store
_UNEVEN: Final = timedelta(seconds=1)  # by so much NTP may set back a clock that is right
_STORE_AWAY: Final = timedelta(seconds=5)
_FAILING: Final = 5  # failures in a row after which a lane sends one entry at a time

log = structlog.get_logger(__name__)


class Lane:
    """`worker` names this process among all that share the store."""

    def __init__(
        self,
        destination: Destination,
        entries: Entries,
        *,
        worker: str,
        clock: Clock,
        counters: Counters | None = None,
        dice: Callable[[], float] = random.random,
        settings: RetrySettings | None = None,
        abreast: int = 8,
        lease: timedelta = LEASE,
    ) -> None:
        self.destination = destination
        self._entries = entries
        self._worker = worker
        self._clock = clock
        self._counters = counters or NoCounters()
        self._carrier = Carrier(
            destination,
            entries,
            clock=clock,
            dice=dice,
            counters=self._counters,
            settings=settings or RetrySettings(),
            lease=lease,
        )
        self._abreast = abreast
        self._lease_for = lease
        self._look_again = min(_LOOK_AGAIN, lease)
        self._carrying: set[int] = set()
        self._turned_at = clock.now()
        self._reclaim_at = self._turned_at
        self._failures = 0
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """There is something new in the store."""
        self._woken.set()

    def stop(self) -> None:
        """Take nothing more; `run` returns once what is under way is finished."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Until `stop`. What is under way then is finished first."""
        async with asyncio.TaskGroup() as group:
            while not self._stopping.is_set():
                self._woken.clear()
                await self._turn(group)

    async def _turn(self, group: asyncio.TaskGroup) -> None:
        """Lease what there is room for, then wait until there may be more."""
        now = self._clock.now()
        try:
            await self._tidy(now)
            leased = await self._lease(now)
        except StoreUnavailable as error:
            log.error("delivery.store_away", destination=self.destination.name, error=str(error))
            self._reclaim_at = now
            await self._clock.wait(self._stopping, now + _STORE_AWAY)
            return
        self._counters.gauge(
            "destination_held", float(leased.held), destination=self.destination.name
        )
        for work in leased.works:
            self._carrying.add(work.entry.id)
            group.create_task(self._carry(work, leased.held))
        until = min(leased.next_due or now + _LOOK_AGAIN, now + self._look_again)
        await self._clock.wait(self._woken, until)

    async def _tidy(self, now: datetime) -> None:
        """What a clock set back or somebody's end has left in a state that it should not have."""
        name, by = self.destination.name, self._turned_at - now
        if by > _UNEVEN:
            log.warning("delivery.clock_set_back", destination=name, seconds=by.total_seconds())
            await self._entries.clock_set_back(name, by)
            self._reclaim_at = now
        self._turned_at = now
        if now >= self._reclaim_at:
            await self._entries.reclaim(name, self._worker, carrying=self._carrying, now=now)
            self._reclaim_at = now + self._look_again

    async def _lease(self, now: datetime) -> Leased:
        room = (1 if self._failures >= _FAILING else self._abreast) - len(self._carrying)
        if room <= 0:
            return Leased()
        until = now + self._lease_for
        return await self._entries.lease(
            self.destination.name, self._worker, now=now, until=until, limit=room
        )

    async def _carry(self, work: Work, held: bool) -> None:
        entry = work.entry
        bind_contextvars(call_id=entry.call_id)  # of this task: on every line that it logs
        try:
            step = await self._carrier.carry(work)
            self._failures = self._failures + 1 if step is Step.AGAIN else 0
            if held and step is not Step.AGAIN:
                await self._entries.unhold(self.destination.name)
            if step is Step.PARK:
                self._say("delivery.parked", entry)
        except LeaseLost:
            self._say("delivery.lease_lost", entry)
        except StoreUnavailable as error:
            self._reclaim_at = self._turned_at
            self._say("delivery.store_away", entry, str(error))
        except Exception as error:
            log.exception("delivery.our_mistake", entry=entry.id)
            await self._put_aside(entry, error)
        finally:
            self._carrying.discard(entry.id)
            self._woken.set()

    async def _put_aside(self, entry: Entry, error: Exception) -> None:
        """One entry that we cannot carry must not stop the others, nor be tried for ever."""
        detail = f"{type(error).__name__} while it was carried; the log has more"
        left = Left(move=EntryMove.PARK, reason=Parked.OURS, detail=detail)
        try:
            await self._entries.note(entry, left, now=self._clock.now())
        except (LeaseLost, StoreUnavailable) as failure:
            self._say("delivery.store_away", entry, str(failure))

    def _say(self, what: str, entry: Entry, error: str | None = None) -> None:
        name = self.destination.name
        self._counters.count("delivery_events", destination=name, event=what)
        log.warning(what, destination=name, entry=entry.id, error=error)
