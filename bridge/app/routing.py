"""Routing: where each fact of a decision comes from, and what keeps those places full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.agi.routes import ClientRoutes, Company, Source
from bridge.agi.settings import AgiSettings
from bridge.cache.index import IndexFile, PhoneIndex
from bridge.cache.known import KnownNumbers
from bridge.cache.reading import Reading
from bridge.cache.shelves import InRedis, OwnMemory, Shelf
from bridge.cache.talks import RecentTalks
from bridge.config.model import Config
from bridge.domain.counters import Counters
from bridge.domain.numbers import example
from bridge.domain.ports import Capability
from bridge.domain.record import CallRecord
from bridge.domain.routes import Asked
from bridge.observe.tasks import Tasks
from bridge.outbox.destination import Destination, Lookup
from bridge.routing.case import Talked
from bridge.routing.presence import Presence
from bridge.storage.store import Store

# Shares of the deadline of an answer; the rest is for deciding, and for a loop that is busy.
_OF_THE_STORE: Final = 0.15
_OF_THE_CRM: Final = 0.7


@dataclass(frozen=True, slots=True)
class _Kept:
    """One CRM's numbers, and its reading where there is one."""

    numbers: KnownNumbers
    reading: Reading | None


class Routing:
    """`presence` is asked at each call."""

    def __init__(
        self,
        config: Config,
        store: Store,
        counters: Counters,
        destinations: Sequence[Destination],
        presence: Callable[[], Mapping[str, Presence]],
    ) -> None:
        deadline = (config.agi or AgiSettings()).deadline
        self._store = store
        self._shelf = _shelf(config, counters)
        self._kept = {to.name: _kept(config, to, self._shelf, counters) for to in destinations}
        self._talks = RecentTalks(self._last_talk, deadline * _OF_THE_STORE)
        self.routes = ClientRoutes(
            [
                Source(destination=to, numbers=self._kept[to.name].numbers)
                for to in destinations
                if to.lookup is not Lookup.NEVER
            ],
            company(config),
            self._talks,
            presence,
            deadline * _OF_THE_CRM,
        )

    def start(self, tasks: Tasks) -> None:
        """Read the CRMs that can list their phones: last, for nothing waits for it."""
        for name, kept in self._kept.items():
            if kept.reading:
                tasks.keep(f"index {name}", kept.reading.run)

    async def try_out(self) -> None:
        """Ask the cache, the CRMs and the store for a number that nobody has: connections are open
        then, and what is made at the first question is there."""
        await self.routes.route(Asked(number=example(self.routes.company.region)))

    def take(self, record: CallRecord) -> None:
        """A call that has just been stored."""
        self._talks.take(record)

    def reload(self, config: Config) -> None:
        self.routes.company = company(config)
        self._talks.forget()

    async def close(self) -> None:
        for kept in self._kept.values():
            await kept.numbers.close()
        await self._talks.close()
        await self._shelf.close()

    async def _last_talk(self, number: str) -> Talked | None:
        days = self.routes.company.settings.last_talker_days
        return await last_talk(self._store, number, datetime.now(UTC) - timedelta(days=days))


def company(config: Config) -> Company:
    """What the configuration says of whom calls are for."""
    return Company(region=config.region, settings=config.routing, employees=config.employees())


async def last_talk(store: Store, number: str, since: datetime) -> Talked | None:
    """Who talked with this number last, if it was after `since`."""
    found = await store.last_talk(number, since)
    return None if found is None else Talked(extension=found[0], at=found[1])


def _shelf(config: Config, counters: Counters) -> Shelf:
    redis = config.cache.redis
    return InRedis(redis, counters) if redis else OwnMemory(config.cache.most)


def _kept(config: Config, to: Destination, shelf: Shelf, counters: Counters) -> _Kept:
    """Without answers to the dialplan there is no need of an index."""
    index = reading = None
    if config.agi and config.cache.index and Capability.INDEX in to.capabilities:
        index = PhoneIndex()
        file = IndexFile(config.folder / "index" / f"{to.name}.db")
        reading = Reading(to.crm, index, file, counters, config.cache.index_every)
    numbers = KnownNumbers(to.name, to.crm.lookup, shelf, config.cache, counters, index=index)
    return _Kept(numbers, reading)
