"""Applications: the way in for requests of clients, and the trace of what became of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from bridge.domain.application import PREFIX, Application
from bridge.outbox.entries import Write
from bridge.storage.store import Store

log = structlog.get_logger(__name__)


class KeptApplications:
    """`region` reads national numbers and may be replaced; `wake` tells the lanes."""

    def __init__(
        self, store: Store, destinations: list[str], region: str, wake: Callable[[], None]
    ) -> None:
        self.region = region
        self._store = store
        self._destinations = destinations
        self._wake = wake

    async def apply(self, application: Application) -> bool:
        """Keep it with a delivery for each CRM; False when its id was sent before."""
        now = datetime.now(UTC)
        new = await self._store.apply(application, self._destinations, now=now)
        log.info("application.taken", id=application.id, source=application.source, new=new)
        self._wake()
        return new

    async def trace(self, id: str) -> dict[str, Any] | None:
        """The application, and of each delivery its state and its writes."""
        about = f"{PREFIX}{id}"
        application = await self._store.application(about)
        if application is None:
            return None
        entries = await self._store.deliveries(call_id=about)
        shown = [await self._store.delivery(entry.id) for entry in entries]
        told = [
            {
                "destination": each.entry.destination,
                "state": each.entry.state.value,
                "detail": each.entry.detail,
                "writes": [_written(write) for write in each.writes],
            }
            for each in shown
            if each is not None
        ]
        return {"application": application.to_json(), "deliveries": told}


def _written(write: Write) -> dict[str, Any]:
    planned = write.planned.to_json()
    return {
        "command": planned["command"],
        "why": planned["why"],
        "state": write.state.value,
        "result": write.result,
    }
