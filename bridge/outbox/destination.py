"""A destination: where calls go, by which rules, and what its CRM knows of a client."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from bridge.domain.application import Application
from bridge.domain.commands import Planned
from bridge.domain.entities import EntityKind, Lead
from bridge.domain.ports import EVERYTHING, Capability, Crm, Rater, Search, Transcriber
from bridge.domain.record import CallRecord
from bridge.outbox.entries import RATING, THE_CALL, TRANSCRIPTION, Entry, rated
from bridge.outbox.ports import Entries
from bridge.outbox.search import found_for
from bridge.rules import rating, recordings, transcription
from bridge.rules.application import Request, plan_application
from bridge.rules.case import Case, Known, Opens, always_open
from bridge.rules.plan import plan_call
from bridge.rules.policy import Policy

Link = Callable[[str, str, datetime, str], str]  # call, recording, now, suffix of the file

# Who has none of these has nobody to look up.
_CLIENTS: Final = frozenset(
    {
        Capability.CONTACTS,
        Capability.COMPANIES,
        Capability.LEADS,
        Capability.LOOKUP,
        Capability.INDEX,
    }
)
# Where applications are worked on.
_WORK: Final = frozenset({Capability.CONTACTS, Capability.DEALS})


class Lookup(StrEnum):
    """In which CRMs a caller is looked for on behalf of this one."""

    OWN = "own"  # in this one alone
    ALSO = "also"  # who is unknown here is no stranger if a CRM before this one knows him
    NEVER = "never"  # in none: a journal of calls, in which nothing is made


@dataclass(slots=True, kw_only=True)
class Destination:
    """`policy`, `users` (extension → CRM user) and `opens` may be replaced while it works; what is
    planned from then on follows them. Nothing is planned that `capabilities` does not have.
    `before` are the CRMs before this one in the configuration."""

    name: str
    crm: Crm
    policy: Policy = field(default_factory=Policy)
    users: Mapping[str, str] = field(default_factory=dict)
    capabilities: frozenset[Capability] = EVERYTHING
    lookup: Lookup = Lookup.OWN
    before: tuple[Crm, ...] = ()
    link: Link | None = None  # an address in place of a recording's file
    opens: Opens = always_open  # whether and when a promised call back is due

    def handed(self, about: CallRecord | Application, now: datetime) -> CallRecord | Application:
        """As this CRM gets it now: with addresses of ours for the files of its recordings, where
        it is given links."""
        if self.link is None or isinstance(about, Application):
            return about
        call_id = about.call_id
        linked = [
            replace(item, file=self.link(call_id, item.id, now, PurePath(item.file).suffix))
            if item.file
            else item
            for item in about.recordings
        ]
        return replace(about, recordings=tuple(linked))

    def case(self, record: CallRecord, known: Known, elsewhere: bool = False) -> Case:
        """`elsewhere`: unknown here, and known in a CRM before this one."""
        makes = self.lookup is not Lookup.NEVER
        leads = self._has_leads and not elsewhere and makes
        return Case(
            record=record,
            destination=self.name,
            known=known,
            policy=self.policy if leads else self.policy.log_only(),
            users=self.users if self._has_leads else {**_themselves(record), **self.users},
            has_tasks=makes and Capability.TASKS in self.capabilities,
            opens=self.opens,
        )

    async def plan(
        self,
        entry: Entry,
        record: CallRecord | Application,
        entries: Entries,
        begun: Collection[str] = frozenset(),
        recent_leads: Collection[str] = (),
    ) -> tuple[Planned, ...]:
        """The commands of this entry, decided now; `begun` and `recent_leads` as in `Work`. Raises
        what reads of the CRM raise."""
        if isinstance(record, Application):
            return await self._applied(record)
        if entry.subject == THE_CALL:
            known = await self.known(record, recent_leads)
            return plan_call(self.case(record, known, await self.elsewhere(record, known)))
        if entry.subject == TRANSCRIPTION:
            return await self._transcribed(record, entries)
        if entry.subject.startswith(RATING):
            return self._rated(record, entry)
        return self._recorded(record, entry, begun)

    async def _applied(self, application: Application) -> tuple[Planned, ...]:
        if not self.capabilities >= _WORK or self.lookup is Lookup.NEVER:
            return ()
        return plan_application(await self.request(application))

    def _recorded(
        self, record: CallRecord, entry: Entry, begun: Collection[str]
    ) -> tuple[Planned, ...]:
        if Capability.RECORDINGS not in self.capabilities:
            return ()
        case = self.case(record, Known())
        return tuple(
            recordings.attach(case, item, further=recordings.has_another(case, item, begun))
            for item in record.recordings
            if item.id == entry.subject
        )

    async def _transcribed(self, record: CallRecord, entries: Entries) -> tuple[Planned, ...]:
        lines = await entries.transcription(record.call_id)
        if not lines or not isinstance(self.crm, Transcriber):
            return ()
        return (transcription.attach(self.case(record, Known()), lines),)

    def _rated(self, record: CallRecord, entry: Entry) -> tuple[Planned, ...]:
        """Nothing where the client has rated anew since: the last one has an entry of its own."""
        value, name = rated(entry.subject)
        able = Capability.RATINGS in self.capabilities and isinstance(self.crm, Rater)
        if not able or record.rating != value:
            return ()
        return (rating.attach(self.case(record, Known()), value, name),)

    async def request(self, application: Application) -> Request:
        """The application beside what the CRM has of it. Raises what reads of the CRM raise."""
        return Request(
            application=application,
            destination=self.name,
            found=await found_for(self.crm, application),
            policy=self.policy,
        )

    async def known(self, record: CallRecord, recent_leads: Collection[str]) -> Known:
        """What the CRM has of this client, and the leads of his that its search may not find yet: a
        lookup names every lead in work, so that without one there are none to ask for. Raises what
        reads of the CRM raise."""
        number = record.client.number
        if number is None or not (_CLIENTS & self.capabilities) or self.lookup is Lookup.NEVER:
            return Known()
        matches = tuple(await self.crm.lookup(number))
        named = {one.entity.id for one in matches if one.entity.kind is EntityKind.LEAD}
        leads = await self._open_leads(number) if named else []
        seen = named | {lead.id for lead in leads}
        lagging = [Lead(id=id, phones=(number,)) for id in recent_leads if id not in seen]
        return Known(matches=matches, open_leads=(*leads, *lagging))

    async def elsewhere(self, record: CallRecord, known: Known) -> bool:
        """Whether a caller who is unknown here is a client of a CRM before this one. A lead is no
        client yet: it may be of this very call, made a moment ago. Raises what its reads raise: a
        lead that is made too early is made for good."""
        number = record.client.number
        if known or number is None or self.lookup is not Lookup.ALSO:
            return False
        for crm in self.before:
            if any(one.entity.kind is not EntityKind.LEAD for one in await crm.lookup(number)):
                return True
        return False

    @property
    def _has_leads(self) -> bool:
        return Capability.LEADS in self.capabilities

    async def _open_leads(self, number: str) -> list[Lead]:
        if not self._has_leads:
            return []
        return await self.crm.find_leads(Search(phone=number, open_only=True))


def _themselves(record: CallRecord) -> dict[str, str]:
    """Where nobody has an account, an agent is called by the extension."""
    return {record.responsible: record.responsible} if record.responsible else {}
