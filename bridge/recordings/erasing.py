"""Retention: our own copies go when they are old or too many, and never before every destination
has them. The originals on the PBX are not ours to delete."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.domain.counters import Counters
from bridge.recordings.collector import Collector
from bridge.recordings.settings import Keep
from bridge.recordings.shelf import Shelf, size_of

_EVERY: Final = 3600.0
_AT_ONCE: Final = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy that nobody waits for: kept or delivered at `since`."""

    pbx: str
    call_id: str
    id: str
    since: datetime
    size: int = 0


class Copies(Protocol):
    """The store's part."""

    async def undemanded(self, limit: int) -> list[Copy]:
        """Copies that every destination has, or that none needs, the oldest first."""
        ...

    async def erased(self, call_id: str, id: str, *, now: datetime, detail: str) -> None: ...


def due(
    copies: Sequence[Copy], total: int, keep: Keep, now: datetime
) -> Iterator[tuple[Copy, str]]:
    """Which of these copies must go, and why. `total` is the size of all copies, in bytes."""
    for copy in copies:
        if keep.days is not None and now - copy.since >= timedelta(days=keep.days):
            why = f"older than {keep.days:g} days"
        elif keep.at_most is not None and total > keep.at_most:
            why = f"all copies may take {keep.at_most.human_readable()}"
        else:
            continue
        total -= copy.size
        yield copy, why


class Erasing:
    """Keeps the shelves to the policy, once an hour."""

    def __init__(
        self,
        collectors: Mapping[str, Collector],
        copies: Copies,
        keep: Keep,
        counters: Counters,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._collectors = collectors
        self._copies = copies
        self._keep = keep
        self._counters = counters
        self._now = now

    async def run(self) -> None:
        """Raises StoreUnavailable."""
        while True:
            while await self.erase_some():
                pass
            await asyncio.sleep(_EVERY)

    async def erase_some(self) -> int:
        """Erase what is due among the oldest copies; how many were."""
        if self._keep == Keep():
            return 0
        now = self._now()
        total = sum([await it.disk.run(it.shelf.size) for it in self._collectors.values()])
        self._counters.gauge("recording_bytes", total)
        found = [await self._measured(copy) for copy in await self._copies.undemanded(_AT_ONCE)]
        gone = 0
        for copy, why in due(found, total, self._keep, now):
            gone += await self._erase(copy, why, now)
        return gone

    async def _measured(self, copy: Copy) -> Copy:
        if (collector := self._collectors.get(copy.pbx)) is None:
            return copy
        size = await collector.disk.run(_size, collector.shelf, copy.id)
        return replace(copy, size=size)

    async def _erase(self, copy: Copy, why: str, now: datetime) -> bool:
        collector = self._collectors.get(copy.pbx)
        if collector is None:
            return False
        try:
            await collector.disk.run(collector.shelf.erase, copy.id)
        except OSError as error:
            log.error("recording.not_erased", call_id=copy.call_id, error=error.strerror)
            return False
        detail = f"our copy was erased on {now:%Y-%m-%d}: {why}"
        await self._copies.erased(copy.call_id, copy.id, now=now, detail=detail)
        self._counters.count("recordings_erased")
        log.info("recording.erased", call_id=copy.call_id, why=why)
        return True


def _size(shelf: Shelf, id: str) -> int:
    file = shelf.find(id)
    return size_of(file) if file else 0
