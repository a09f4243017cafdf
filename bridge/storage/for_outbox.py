"""What the outbox and the dialler need of the store: entries, announcements, calls asked for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bridge.dialout.ports import Form, FormState, Kept
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.ports import Announced
from bridge.outbox.entries import Entry
from bridge.outbox.ports import Fact, Leased
from bridge.rules.case import command_key
from bridge.storage import announcements, call_requests, callbacks, entries, leases
from bridge.storage.access import Access
from bridge.storage.claims import is_claimed


class ForOutbox(Access):
    # the outbox (bridge.outbox.ports.Entries)

    """Each method is that of the port which its section names, in one transaction."""

    async def lease(
        self, destination: str, worker: str, *, now: datetime, until: datetime, limit: int
    ) -> Leased:
        return await self._write(
            lambda conn: leases.lease(conn, destination, worker, now, until, limit)
        )

    async def note(
        self, entry: Entry, *facts: Fact, now: datetime, until: datetime | None = None
    ) -> None:
        await self._write(lambda conn: entries.note(conn, entry, facts, now, until))

    async def reclaim(
        self, destination: str, worker: str, *, carrying: Collection[int], now: datetime
    ) -> int:
        return await self._write(
            lambda conn: leases.reclaim(conn, destination, worker, carrying, now, is_claimed)
        )

    async def clock_set_back(self, destination: str, by: timedelta) -> None:
        await self._write(lambda conn: leases.clock_set_back(conn, destination, by))

    async def unhold(self, destination: str) -> None:
        await self._write(lambda conn: entries.unhold(conn, destination))

    # announcements (bridge.outbox.ports.Announcements)

    async def announcing(
        self, destination: str, call_id: str, announced: Announced, *, now: datetime
    ) -> bool:
        return await self._write(
            lambda conn: announcements.keep(conn, destination, call_id, announced, now)
        )

    async def answered(self, destination: str, call_id: str, handle: str) -> None:
        await self._write(lambda conn: announcements.answer(conn, destination, call_id, handle))

    async def announced(self, destination: str, call_id: str) -> Announced | None:
        found = await self._read(lambda conn: announcements.find(conn, destination, [call_id]))
        return found.get(call_id)

    # calls that people ask for (bridge.dialout.ports.Memory)

    async def requested(
        self, destination: str, request: CallRequest, order: str, client: str, *, now: datetime
    ) -> bool:
        return await self._write(
            lambda conn: call_requests.keep(conn, destination, request, order, client, now)
        )

    async def orders(self, since: datetime) -> list[Kept]:
        return await self._read(lambda conn: call_requests.since(conn, since))

    async def clicked(self, destination: str, call_id: str, handle: str, *, now: datetime) -> None:
        key = command_key(destination, call_id, "announce", "call")
        announced = Announced(key=key, call=None, handle=handle)
        await self._write(
            lambda conn: announcements.keep(conn, destination, call_id, announced, now)
        )

    async def wait(self, destination: str, form: CallRequest, *, now: datetime) -> bool:
        return await self._write(lambda conn: callbacks.keep(conn, destination, form, now))

    async def forms(self, limit: int) -> list[Form]:
        return await self._read(lambda conn: callbacks.unfinished(conn, limit))

    async def put_back(self, destination: str, id: str, *, now: datetime) -> None:
        await self._write(lambda conn: callbacks.put_back(conn, destination, id, now))

    async def settle_form(
        self, destination: str, id: str, why: Unfulfilled | None, *, now: datetime
    ) -> None:
        state = FormState.OVER if why is None else FormState.UNTOLD
        await self._write(lambda conn: callbacks.move(conn, destination, id, state, now, why))
