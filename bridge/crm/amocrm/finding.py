"""What became of a write whose answer was lost: asked by its key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bridge.crm.amocrm.leads import Leads
from bridge.crm.amocrm.people import People
from bridge.crm.amocrm.recordings import FURTHER
from bridge.crm.amocrm.settings import AmoCrmSettings, place
from bridge.crm.amocrm.writing import Writer
from bridge.crm.keys import Keys, call_and_command
from bridge.crm.trouble import refused
from bridge.domain.entities import EntityKind

# Writes that find out themselves what an earlier attempt left, or that may be repeated.
_COMPLETED: Final = ("log_call", "attach_call", "attach_recording", FURTHER)
_MADE: Final = (EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.DEAL)


class Finder:
    """Raises Trouble."""

    def __init__(
        self,
        settings: AmoCrmSettings,
        keys: Keys,
        writer: Writer,
        leads: Leads,
        people: People,
    ) -> None:
        self._fields = settings.fields
        self._keys = keys
        self._writer = writer
        self._leads = leads
        self._people = people

    async def find(self, key: str) -> str | None:
        """The id, or None where nothing was made, or where a repeat does no harm. Refuses where
        nothing in the account can tell."""
        if made := self._keys.made(key):
            return made
        _, command = call_and_command(key)
        if command in _COMPLETED:
            return None
        if command == "create_task":
            return await self._people.find_task(key)
        if command == "create_lead":
            found = await self._leads.made_under(key, thorough=True)
            if found is None:
                self._nothing((EntityKind.LEAD,))
            return found
        return await self._anything(key)

    async def _anything(self, key: str) -> str | None:
        subject = key.rpartition("/")[2]
        kinds = tuple(kind for kind in _MADE if kind.value == subject) or _MADE
        for kind in kinds:
            if found := await self._writer.made_under(kind, key, thorough=True):
                return found
        self._nothing(kinds)
        return None if len(kinds) == 1 else await self._people.find_task(key)

    def _nothing(self, kinds: Iterable[EntityKind]) -> None:
        """Refuse where an answer of nothing would mean nothing."""
        for kind in kinds:
            if "key" not in self._fields.of(kind):
                raise refused(
                    "no field tells what was made: name a text field under"
                    f" fields.{place(kind)}.key, and look in amoCRM this time"
                )
