"""Ratings: the way in for what clients thought of calls that are over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from bridge.storage.store import Store

log = structlog.get_logger(__name__)


class KeptRatings:
    """`stored` tells the lanes and the page."""

    def __init__(self, store: Store, stored: Callable[[str], None]) -> None:
        self._store = store
        self._stored = stored

    async def keep(self, call_id: str, rating: int, *, now: datetime) -> bool:
        """See `Store.rate`."""
        record = await self._store.rate(call_id, rating, now=now)
        log.info("rating.taken", call_id=call_id, rating=rating, known=record is not None)
        if record is not None:
            self._stored(call_id)
        return record is not None
