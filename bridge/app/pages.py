"""What the page for people is given to show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridge.notify.links import Links
from bridge.recordings.shelf import Shelf
from bridge.storage.calls import Which
from bridge.storage.store import Store
from bridge.web.ports import CallPage
from bridge.web.seeking import Sought


class StoredCalls:
    """The store's calls as the page asks for them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, limit: int, before: str | None, sought: Sought) -> CallPage:
        which = Which(
            client=sought.client,
            digits=sought.digits,
            responsible=sought.agent,
            disposition=sought.outcome,
            direction=sought.direction,
            since=sought.since,
            until=sought.until,
            needs_review=sought.review,
            limit=limit + 1,
            before=before,
        )
        found = await self._store.calls(which)
        more = len(found) > limit
        records = [record.to_json() for record in found[:limit]]
        return CallPage(records, found[limit - 1].call_id if more else None)

    async def one(self, call_id: str) -> dict[str, Any] | None:
        record = await self._store.call(call_id)
        return record.to_json() if record else None

    async def details(self, call_ids: Sequence[str]) -> dict[tuple[str, str], str]:
        return await self._store.recording_details(call_ids)


class KeptIncidents:
    """The store's incidents as the page asks for them. `links` None: none were ever made."""

    def __init__(self, store: Store, links: Links | None) -> None:
        self._store = store
        self._links = links

    async def lasting(self) -> list[dict[str, Any]]:
        return [incident.to_json() for incident in await self._store.incidents()]

    async def acknowledge(self, id: int, by: str) -> dict[str, Any] | None:
        found = await self._store.acknowledge(id, by)
        return found.to_json() if found else None

    def signed(self, id: int, until: str, sign: str) -> bool:
        now = datetime.now(UTC)
        return self._links is not None and self._links.good(id, until, sign, now)


class Shelves:
    """Our copies of the recordings of every PBX."""

    def __init__(self, shelves: dict[str, Shelf]) -> None:
        self._shelves = shelves

    def find(self, id: str, pbx: str | None = None) -> Path | None:
        shelves = [shelf for name, shelf in self._shelves.items() if pbx in (None, name)]
        return next((file for shelf in shelves if (file := shelf.find(id))), None)
