"""A CRM that can do nothing yet: a connector adds what its CRM has, and the rules plan nothing
else (see Capability)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from bridge.domain.commands import CreateLead, CreateTask, Outcome, Verdict
from bridge.domain.entities import (
    Company,
    Contact,
    Deal,
    Dictionaries,
    EntityRef,
    Lead,
    Match,
    User,
)
from bridge.domain.ports import Announced, LiveCall, PhoneChange, PhonePage, Search
from bridge.domain.record import CallRecord, Recording

_REFUSED: Final = Outcome(verdict=Verdict.REFUSED, detail="this destination cannot do that")


class Partial:
    """Reads find nothing, writes are refused."""

    async def find_contacts(self, query: Search) -> list[Contact]:
        return []

    async def create_contact(self, fields: Mapping[str, str], key: str) -> Outcome:
        return _REFUSED

    async def update_contact(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return _REFUSED

    async def contact_deals(self, query: Search) -> list[Deal]:
        return []

    async def find_companies(self, query: Search) -> list[Company]:
        return []

    async def create_company(self, fields: Mapping[str, str], key: str) -> Outcome:
        return _REFUSED

    async def update_company(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return _REFUSED

    async def company_deals(self, query: Search) -> list[Deal]:
        return []

    async def find_deals(self, query: Search) -> list[Deal]:
        return []

    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> Outcome:
        return _REFUSED

    async def update_deal(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return _REFUSED

    async def deal_users(self, id: str) -> list[User]:
        return []

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        return _REFUSED

    async def attach_recording(
        self, call: str, recording: Recording, file: Path | str, key: str
    ) -> Outcome:
        return _REFUSED

    async def attach_call(self, call: str, entity: EntityRef, key: str) -> Outcome:
        return _REFUSED

    async def dictionaries(self) -> Dictionaries:
        return Dictionaries()

    async def find_leads(self, query: Search) -> list[Lead]:
        return []

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        return _REFUSED

    async def update_lead(self, id: str, fields: Mapping[str, str]) -> Outcome:
        return _REFUSED

    async def lookup(self, phone: str) -> list[Match]:
        return []

    async def phones(self, page: str | None) -> PhonePage:
        return PhonePage(phones=(), next=None)

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        nothing: tuple[PhoneChange, ...] = ()
        for change in nothing:
            yield change

    async def users(self) -> list[User]:
        return []

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        return _REFUSED

    async def notify(self, user: str, text: str) -> Outcome:
        return _REFUSED

    async def announce(self, call: LiveCall, key: str) -> Outcome:
        return _REFUSED

    async def show(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return _REFUSED

    async def hide(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return _REFUSED

    async def find(self, key: str) -> str | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""
