"""What the portal tells of its clients the moment they change, so that the index is read then and
not at the next poll. Source: Bitrix24 REST documentation, "CRM events"."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from bridge.crm.bitrix24.entities import reference
from bridge.crm.php import as_map
from bridge.domain.entities import EntityKind, EntityRef

_DELETED: Final = "DELETE"
_SAID: Final = {
    f"ONCRM{kind.name}{what}": (kind, what)
    for kind in EntityKind
    for what in ("ADD", "UPDATE", _DELETED)
}
EVENTS: Final = frozenset(_SAID)


class Changing:
    """`gone` are entities that no search finds any more, until somebody was told of them."""

    def __init__(self) -> None:
        self.gone: set[EntityRef] = set()
        self._told = asyncio.Event()

    def hear(self, event: str, data: Mapping[str, Any]) -> None:
        """One of EVENTS: who was deleted is kept, all else is read anew."""
        kind, what = _SAID[event]
        if what == _DELETED and (id := reference(as_map(data.get("FIELDS")).get("ID"))):
            self.gone.add(EntityRef(kind, id))
        self._told.set()

    async def told(self) -> None:
        """Until an event comes that nobody has waited for yet."""
        await self._told.wait()
        self._told.clear()
