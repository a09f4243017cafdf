"""What is read now and then: stages, fields, the ids of what rarely changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Remembered:
    """Things by their name, each read anew once it is older than `seconds` by the clock `now`."""

    def __init__(self, now: Callable[[], float], seconds: float) -> None:
        self._now = now
        self._seconds = seconds
        self._known: dict[str, tuple[float, Any]] = {}

    async def get(self, name: str, read: Callable[[], Awaitable[T]], *, anew: bool = False) -> T:
        """As `read` brought it, now if `anew`. Raises what `read` raises; then nothing changes."""
        now = self._now()
        at, value = self._known.get(name, (None, None))
        if at is None or anew or now - at > self._seconds:
            value = await read()
            self._known[name] = now, value
        found: T = value  # type: ignore[assignment]
        return found
