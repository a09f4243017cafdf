"""What people see of the store and do there: deliveries, incidents, what needs somebody's eye."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bridge.domain.commands import Planned
from bridge.domain.messages import Message, Unsaid
from bridge.domain.troubles import Incident, Trouble
from bridge.outbox.entries import Entry
from bridge.outbox.states import EntryState
from bridge.storage import care, desk, incidents, messages, waiting
from bridge.storage.access import Access


class ForPeople(Access):
    """Each method is one transaction. Who acts is `by`, as it is to stand in the attempts."""

    async def deliveries(
        self,
        states: tuple[EntryState, ...] = (),
        *,
        destination: str | None = None,
        call_id: str | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """The oldest first; every state when none is named."""
        return await self._read(lambda conn: desk.find(conn, states, destination, call_id, limit))

    async def counts(self) -> dict[tuple[str, EntryState], int]:
        """(destination, state) → number of entries."""
        return await self._read(desk.counts)

    async def depth(self, destination: str) -> care.Depth:
        """How much waits for this destination."""
        return await self._read(lambda conn: care.depth(conn, destination))

    async def held(self) -> list[desk.Held]:
        """Every destination that needs a login."""
        return await self._read(desk.held)

    async def delivery(self, id: int) -> desk.Shown | None:
        """One entry with its plan and every attempt; None when there is no such entry."""
        return await self._read(lambda conn: desk.show(conn, id))

    async def retry(
        self,
        id: int,
        *,
        now: datetime,
        by: str = "",
        absent: bool = False,
        made: Mapping[str, str] | None = None,
    ) -> Entry | None:
        """See `desk.retry`. None when there is no such entry; raises CannotRetry or IllegalMove."""
        return await self._write(
            lambda conn: desk.retry(conn, id, now, by, absent=absent, made=made or {})
        )

    async def drop(self, id: int, *, now: datetime, by: str = "") -> Entry | None:
        """See `desk.drop`. None when there is no such entry; raises IllegalMove."""
        return await self._write(lambda conn: desk.drop(conn, id, now, by))

    async def edit(
        self, id: int, plan: Mapping[str, Planned], *, now: datetime, by: str = ""
    ) -> Entry | None:
        """See `desk.edit`. None when there is no such entry; raises CannotEdit."""
        return await self._write(lambda conn: desk.edit(conn, id, plan, now, by))

    async def incidents(self, *, closed: bool = False, limit: int = 1000) -> list[Incident]:
        """The newest first; those that are over only when asked for."""
        return await self._read(lambda conn: incidents.find(conn, closed=closed, limit=limit))

    async def incident(self, id: int) -> Incident | None:
        """None when there is no such incident."""
        return await self._read(lambda conn: incidents.get(conn, id))

    async def keep_incidents(
        self,
        given: Sequence[Incident],
        telling: Callable[[Sequence[Incident]], Sequence[Unsaid]] = lambda kept: (),
    ) -> list[Incident]:
        """As they are now, each with its id; what a person acknowledged meanwhile stays so. With
        them what is told of them, by `telling` of what is returned."""

        def keep(conn: Connection) -> list[Incident]:
            kept = incidents.keep(conn, given)
            messages.keep(conn, telling(kept))
            return kept

        return await self._write(keep)

    async def unsaid(self, channel: str) -> list[Message]:
        """What this channel has yet to say, in order."""
        return await self._read(lambda conn: messages.unsaid(conn, channel))

    async def said(self, channel: str, ids: Sequence[str]) -> None:
        """These messages need not be said any more."""
        await self._write(lambda conn: messages.said(conn, channel, ids))

    async def acknowledge(self, id: int, by: str) -> Incident | None:
        """A person knows of it. None when there is no such incident that people were told of, or
        it is over."""
        return await self._write(lambda conn: incidents.acknowledge(conn, id, by))

    async def waiting(self, *, now: datetime) -> list[Trouble]:
        """What of the deliveries and recordings needs somebody's eye."""
        return await self._read(lambda conn: waiting.troubles(conn, now))
