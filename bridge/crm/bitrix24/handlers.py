"""The events that the portal tells us of: bound where they are not.

They vanish when the application is installed again. Source: Bitrix24 REST documentation, "Events".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Final

from bridge.crm.bitrix24.changing import EVENTS
from bridge.crm.bitrix24.client import WRITE, Client
from bridge.crm.bitrix24.people import People
from bridge.crm.php import as_list, as_map
from bridge.crm.trouble import Trouble

_LOOK_AGAIN: Final = 600.0  # seconds


class Handlers:
    """`calls` are the events that ask for calls. `now` is unix seconds."""

    def __init__(
        self, client: Client, people: People, calls: Iterable[str], now: Callable[[], float]
    ) -> None:
        self._client = client
        self._people = people
        self._calls = tuple(calls)
        self._now = now
        self._looked = -inf

    def doubt(self) -> None:
        """They may be gone: look at the next occasion."""
        self._looked = -inf

    async def keep(self) -> None:
        """Bind those that are gone, with tokens of whoever authorised us. The portal is asked once
        in ten minutes. Raises Trouble; then doubt."""
        if self._now() - self._looked < _LOOK_AGAIN:
            return
        self._looked = self._now()
        rows = map(as_map, as_list(await self._client.call("event.get", {})))
        bound = {_name(row, str(row.get("offline")) == "1") for row in rows}
        for asked in await self._wanted():
            if _name(asked, asked["event_type"] == "offline") not in bound:
                await self._bind(asked)

    async def _wanted(self) -> list[dict[str, Any]]:
        wanted: list[dict[str, Any]] = [
            {"event": event, "event_type": "offline"} for event in self._calls
        ]
        if address := self._client.settings.click.address:
            own = await self._people.authorised()
            way = {"event_type": "online", "handler": address, "auth_type": own}
            wanted = [{"event": event, **way} for event in (*self._calls, *sorted(EVENTS))] + wanted
        return wanted

    async def _bind(self, asked: dict[str, Any]) -> None:
        """A handler that is bound already is no trouble."""
        try:
            await self._client.call("event.bind", asked, WRITE)
        except Trouble as error:
            if "already" not in error.words:
                raise


def _name(row: dict[str, Any], offline: bool) -> tuple[str, str | None]:
    """The event and where it goes; None is the queue."""
    return str(row.get("event") or "").upper(), None if offline else str(row.get("handler") or "")
