"""Transcriptions: the way in for what a speech-to-text made of calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from bridge.domain.transcription import Lines
from bridge.storage.store import Store

log = structlog.get_logger(__name__)


class KeptTranscriptions:
    """`wake` tells the lanes."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake

    async def keep(self, call_id: str, lines: Lines, *, now: datetime) -> Lines | None:
        """See `Store.transcribe`."""
        kept = await self._store.transcribe(call_id, lines, now=now)
        log.info("transcription.taken", call_id=call_id, lines=len(lines), known=kept is not None)
        self._wake()
        return kept

    async def of(self, call_id: str) -> Lines:
        return await self._store.transcription(call_id)
