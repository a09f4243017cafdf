"""The portal's queue of events: taken, handed over, and only then cleared.

Taking without `clear` marks events with a process_id and keeps them, so an answer that is lost
loses none: what is still marked is found by `event.offline.list`. Source: Bitrix24 REST
documentation, "Offline events".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.crm.bitrix24.client import WRITE, Client
from bridge.crm.bitrix24.entities import reference
from bridge.crm.php import as_list, as_map
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

_AT_ONCE: Final = 50  # events of one reading
_NO_ERROR: Final = (None, False, 0, "0", "", "N")

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """Events that stay in the queue until their `process` is cleared."""

    process: str | None = None
    events: tuple[Event, ...] = ()


class Queue:
    """Every method raises Trouble."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def take(self) -> Taken:
        """What nobody has taken yet."""
        asked = {"clear": 0, "limit": _AT_ONCE}
        # It marks events, but what a lost answer has marked is found by `left`.
        answer = as_map(await self._client.call("event.offline.get", asked))
        return Taken(reference(answer.get("process_id")), _events(answer.get("events")))

    async def left(self) -> list[Taken]:
        """What was taken and never cleared: an answer was lost, or the daemon ended between."""
        asked = {"order": {"ID": "ASC"}}
        try:
            rows = await self._client.call("event.offline.list", asked)
        except Trouble as error:
            if error.verdict is Verdict.REFUSED:
                return []  # an old portal without this method
            raise
        return grouped(_events(rows))

    async def clear(self, taken: Taken) -> None:
        """These alone: never one that came meanwhile."""
        if taken.process:
            await self._client.call("event.offline.clear", {"process_id": taken.process}, WRITE)


def grouped(events: tuple[Event, ...]) -> list[Taken]:
    """By the process that took them; without those that failed or that nobody has taken."""
    groups: dict[str, tuple[Event, ...]] = {}
    for event in events:
        process = reference(event.get("PROCESS_ID"))
        if process and event.get("ERROR") in _NO_ERROR:
            groups[process] = (*groups.get(process, ()), event)
    return [Taken(process, events) for process, events in groups.items()]


def _events(rows: Any) -> tuple[Event, ...]:
    return tuple(as_map(each) for each in as_list(rows))
