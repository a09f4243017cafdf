"""An honest CRM in memory: it counts every effect, even one that it made twice.

It does not look at keys when it writes, so a repeat that should not be is seen. What it answers
next can be set: an Outcome (no effect), LOST (done, the answer never came), NEVER_CAME (not done,
and no answer either), None (done, as usual), or an exception for the next read.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import cast

from bridge.domain.commands import CreateLead, CreateTask, Outcome, Verdict
from bridge.domain.entities import EntityKind, EntityRef, Lead, Match
from bridge.domain.ports import (
    Announced,
    Capability,
    Crm,
    CrmRefused,
    LiveCall,
    Probe,
    Search,
)
from bridge.domain.record import CallRecord, Recording
from bridge.outbox.destination import Destination
from tests.rules.office import POLICY, USERS


class Silence(Enum):
    LOST = "done, but the answer never came"
    NEVER_CAME = "not done, and no answer"


LOST, NEVER_CAME = Silence
TRY_LATER = Outcome(verdict=Verdict.TRY_LATER, detail="503")
REFUSED = Outcome(verdict=Verdict.REFUSED, detail="no such pipeline")
NEEDS_LOGIN = Outcome(verdict=Verdict.NEEDS_LOGIN, detail="401")


class FakeCrm:
    name = "fake"

    def __init__(self) -> None:
        self.answers: deque[Outcome | Silence | None] = deque()
        self.reads: deque[Exception] = deque()
        self.can_find = True
        self.capabilities = set(Capability)
        self.missing: dict[str, str] = {}
        self.search_lags = False
        self.effects: Counter[str] = Counter()
        self.made: dict[str, str] = {}
        self.matches: list[Match] = []
        self.leads: dict[str, CreateLead] = {}
        self.calls: dict[str, tuple[CallRecord, str | None, tuple[EntityRef, ...]]] = {}
        self.announced: dict[str, Announced | None] = {}
        self.cards: dict[str, list[str]] = {}
        self.attached: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.gate: asyncio.Event | None = None
        self.at_the_gate = asyncio.Semaphore(0)

    async def lookup(self, phone: str) -> list[Match]:
        self._read("lookup")
        leads = [
            Match(entity=EntityRef(EntityKind.LEAD, lead.id), owner=lead.owner)
            for lead in self._leads_of(phone)
        ]
        return [*self.matches, *leads]

    async def find_leads(self, query: Search) -> list[Lead]:
        self._read("find_leads")
        return self._leads_of(query.phone)

    def _leads_of(self, phone: str | None) -> list[Lead]:
        if self.search_lags:
            return []
        found = {id: lead for id, lead in self.leads.items() if lead.phone == phone}
        return [Lead(id=id, owner=lead.owner) for id, lead in found.items()]

    async def find(self, key: str) -> str | None:
        self._read(f"find {key}")
        if not self.can_find:
            raise CrmRefused("this CRM keeps no keys")
        return self.made.get(key)

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        return await self._write(key, lambda id: self.leads.update({id: lead}))

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        self.announced[record.call_id] = announced
        return await self._write(key, lambda id: self.calls.update({id: (record, user, entities)}))

    async def announce(self, call: LiveCall, key: str) -> Outcome:
        assert call.user is not None
        user = call.user
        return await self._write(key, lambda id: self.cards.update({id: [user]}))

    async def show(self, handle: str, users: tuple[str, ...]) -> Outcome:
        return await self._write(
            f"show {', '.join(users)}", lambda _: self.cards[handle].extend(users)
        )

    async def hide(self, handle: str, users: tuple[str, ...]) -> Outcome:
        def close(_: str) -> None:
            self.cards[handle] = [user for user in self.cards[handle] if user not in users]

        return await self._write(f"hide {', '.join(users)}", close)

    async def probe(self) -> Probe:
        return Probe(capabilities=frozenset(self.capabilities), missing=self.missing)

    async def attach_recording(
        self, call: str, recording: Recording, file: Path | str, key: str
    ) -> Outcome:
        return await self._write(key, lambda _: self.attached.append((call, str(file))))

    async def attach_call(self, call: str, entity: EntityRef, key: str) -> Outcome:
        return await self._write(key, lambda _: None)

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        return await self._write(key, lambda _: None)

    def places(self) -> list[str]:
        """Where each logged call stands, in the order of logging."""
        return [
            ", ".join(f"{'lead' if e.kind is EntityKind.LEAD else e.kind} {e.id}" for e in entities)
            for _, _, entities in self.calls.values()
        ]

    def doubled(self) -> list[str]:
        return [key for key, times in self.effects.items() if times > 1]

    def _read(self, what: str) -> None:
        self.asked.append(what)
        if self.reads:
            raise self.reads.popleft()

    async def _write(self, key: str, do: Callable[[str], object]) -> Outcome:
        self.asked.append(key)
        if self.gate:
            self.at_the_gate.release()
            await self.gate.wait()
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Outcome):
            return answer
        if answer is not NEVER_CAME:
            self.effects[key] += 1
            self.made[key] = str(len(self.made) + 1)
            do(self.made[key])
        if answer is None:
            return Outcome(verdict=Verdict.ACCEPTED, result=self.made[key])
        return Outcome(verdict=Verdict.UNCLEAR, detail="no answer")


def destination(crm: FakeCrm, name: str = "crm") -> Destination:
    return Destination(name=name, crm=cast(Crm, crm), policy=POLICY, users=USERS)
