"""The watch: looks at what is in trouble, keeps the incidents, and has the tellers tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog

from bridge.domain.counters import Counters
from bridge.domain.messages import Message, Unsaid
from bridge.domain.troubles import Incident, IncidentState, Trouble, TroubleKind, Troubles
from bridge.notify.decide import Notice, Patience, decide
from bridge.notify.links import Links
from bridge.notify.settings import AlertSettings
from bridge.notify.teller import Clock
from bridge.notify.words import Mask, message

LOOK_EVERY: Final = timedelta(seconds=15)
STEADY: Final = timedelta(minutes=1)

log = structlog.get_logger(__name__)

Key = tuple[str, TroubleKind]
Telling = Callable[[Sequence[Incident]], Sequence[Unsaid]]


class Incidents(Protocol):
    """The store's part. Both raise what `StoreUnavailable` of the outbox is."""

    async def incidents(self) -> list[Incident]:
        """Those that are not closed."""
        ...

    async def keep_incidents(
        self, given: Sequence[Incident], telling: Telling = ...
    ) -> list[Incident]:
        """Store them and return them with their ids, and what is told of them at once with them.
        What a person acknowledged meanwhile stays acknowledged."""
        ...


class Tells(Protocol):
    """One channel."""

    name: str

    def tell(self, message: Message) -> None:
        """Returns at once."""
        ...

    async def take_up(self) -> None:
        """Tell what an earlier process has left untold. Never raises for a store that is away."""
        ...

    def lay_down(self) -> None:
        """Tell nothing of what waits: another process does."""
        ...


class Watch:
    """`away` are the errors of a store that cannot be used for now: incidents are then held here
    until it can. `hold` says whether to watch is ours, where several daemons share a store."""

    def __init__(
        self,
        sources: Sequence[Troubles],
        store: Incidents,
        tellers: Sequence[tuple[frozenset[TroubleKind], Tells]],
        settings: AlertSettings,
        *,
        clock: Clock,
        counters: Counters,
        away: type[Exception],
        hold: Callable[[], Awaitable[bool]],
        links: Links | None = None,
        mask: Mask = lambda text: text,
    ) -> None:
        self._sources = sources
        self._store = store
        self._tellers = tellers
        self._clock = clock
        self._counters = counters
        self._away = away
        self._hold = hold
        self._ours = True
        self._taken_up = False
        self._links = links
        self._mask = mask
        self._patience = Patience(
            after={kind: settings.patience(kind) for kind in TroubleKind},
            steady=STEADY,
            remind_after=settings.remind_after,
        )
        self._last: dict[Key, Incident] = {}
        self._unkept: dict[Key, Incident] = {}

    async def run(self) -> None:
        never = asyncio.Event()
        while True:
            if await self._is_ours():
                await self._take_up()
                await self.look()
            await self._clock.wait(never, self._clock.now() + LOOK_EVERY)

    async def _is_ours(self) -> bool:
        before = self._ours
        with suppress(self._away):  # nobody can take it from us while the store is away
            self._ours = await self._hold()
        if before and not self._ours:
            for _, teller in self._tellers:
                teller.lay_down()
        self._taken_up = self._taken_up and self._ours
        return self._ours

    async def _take_up(self) -> None:
        if not self._taken_up:
            self._taken_up = True
            for _, teller in self._tellers:
                await teller.take_up()

    async def look(self) -> None:
        """Once around. Never raises for what a source or the store cannot do for now."""
        now = self._clock.now()
        troubles, known = await self._troubles(now)
        incidents = await self._remembered()
        decided = decide(incidents.values(), troubles, known, now, self._patience)
        telling = partial(self._said, decided.notices, now)
        kept = await self._keep(decided.incidents, telling)
        self._last = _open({**incidents, **kept})
        self._count()
        for notice in decided.notices:
            of = kept.get(notice.incident.key, notice.incident)
            title = self._message(notice, now).title
            log.warning("incident", said=str(notice.said), id=of.id, title=title)
        tellers = {teller.name: teller for _, teller in self._tellers}
        for unsaid in telling(tuple(kept.values())):
            tellers[unsaid.channel].tell(unsaid.message)

    async def _troubles(self, now: datetime) -> tuple[list[Trouble], frozenset[TroubleKind]]:
        found, known = [], frozenset[TroubleKind]()
        for source in self._sources:
            if (told := await source.troubles(now)) is not None:
                found += told
                known |= source.kinds
        return found, known

    async def _remembered(self) -> dict[Key, Incident]:
        try:
            stored = {incident.key: incident for incident in await self._store.incidents()}
        except self._away:
            return self._last
        return _open({**stored, **self._unkept})

    async def _keep(self, incidents: Iterable[Incident], telling: Telling) -> dict[Key, Incident]:
        """With their ids; what the store cannot take now it gets the next time, but then without
        what is told of it."""
        waiting = {**self._unkept, **{incident.key: incident for incident in incidents}}
        if not waiting:
            return {}
        try:
            kept = await self._store.keep_incidents(tuple(waiting.values()), telling)
        except self._away:
            self._unkept = waiting
            return waiting
        self._unkept = {}
        return {incident.key: incident for incident in kept}

    def _said(
        self, notices: Sequence[Notice], now: datetime, kept: Sequence[Incident]
    ) -> list[Unsaid]:
        """What each channel is told of these notices, whose incidents have been kept."""
        known = {incident.key: incident for incident in kept}
        return [
            Unsaid(teller.name, self._message(Notice(notice.said, of), now), now)
            for notice in notices
            for of in (known.get(notice.incident.key, notice.incident),)
            for kinds, teller in self._tellers
            if of.trouble.kind in kinds
        ]

    def _message(self, notice: Notice, now: datetime) -> Message:
        id = notice.incident.id
        link = self._links.acknowledge(id, now) if self._links and id else None
        return message(notice, now, link, self._mask)

    def _count(self) -> None:
        states = (IncidentState.OPEN, IncidentState.ACKNOWLEDGED)
        for kind in TroubleKind:
            number = sum(
                each.state in states and each.trouble.kind is kind for each in self._last.values()
            )
            self._counters.gauge("incidents_open", float(number), kind=str(kind))


def _open(incidents: dict[Key, Incident]) -> dict[Key, Incident]:
    return {k: each for k, each in incidents.items() if each.state is not IncidentState.CLOSED}
