"""The portal's own clock: it stands where a test puts it, or runs beside the machine's, skewed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Final

ZONE: Final = timezone(timedelta(hours=3))  # answers carry the zone of the portal


class Clock:
    """Unix seconds. `Clock(1790000000)` stands until moved, `Clock()` runs with the machine's."""

    def __init__(self, at: float | None = None) -> None:
        self._at = at
        self._offset = 0.0

    def __call__(self) -> float:
        return (time.time() if self._at is None else self._at) + self._offset

    def move(self, seconds: float = 0, *, minutes: float = 0, days: float = 0) -> None:
        """Forward; backward when negative, as a skewed clock is."""
        self._offset += seconds + minutes * 60 + days * 86400

    def iso(self, at: float | None = None) -> str:
        """`2026-09-21T12:00:00+03:00`, of now where nothing is named."""
        moment = datetime.fromtimestamp(self() if at is None else at, ZONE)
        return moment.isoformat(timespec="seconds")
