"""What the daemon's own parts say of themselves, as troubles."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bridge.domain.troubles import Trouble, TroubleKind
from bridge.observe.health import Health

_LINKS: Final = ("ami ", "ari ")  # how a PBX's link is called among the parts


def is_link(part: str) -> bool:
    """Whether this part is the link to a PBX."""
    return part.startswith(_LINKS)


class HealthTroubles:
    """Parts that are not ready, since they were first seen so."""

    kinds = frozenset({TroubleKind.LINK, TroubleKind.TASK})

    def __init__(self, health: Health) -> None:
        self._health = health
        self._since: dict[str, datetime] = {}

    async def troubles(self, now: datetime) -> list[Trouble] | None:
        parts = {name: part for name, part in self._health.parts.items() if not part.ready}
        self._since = {name: self._since.get(name, now) for name in parts}
        return [
            Trouble(
                subject=name.partition(" ")[2] if is_link(name) else name,
                kind=TroubleKind.LINK if is_link(name) else TroubleKind.TASK,
                since=self._since[name],
                what=f"Its state: {part.state}.",
                act=part.act,
            )
            for name, part in parts.items()
        ]
