"""Ports: what a room needs of another, as Protocols. Adapters live above."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from bridge.domain import masks
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.domain.commands import CreateLead, CreateTask, Outcome
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
from bridge.domain.record import CallRecord, Client, Direction, Recording
from bridge.domain.transcription import Lines

_LONGEST_WAIT: Final = 86_400.0  # seconds that a CRM may tell us to wait


class CrmSaid(Exception):
    """Why a read failed: words for people, without secrets and whole numbers."""

    def __init__(self, detail: str) -> None:
        super().__init__(masks.plain(detail))


class CrmUnavailable(CrmSaid):
    """A read failed for now. `retry_after` in seconds where the CRM named it: a day at most, None
    for what is no time to come, whatever a connector was told."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after: float | None = None
        if retry_after is not None and retry_after >= 0:  # which NaN is not
            self.retry_after = min(retry_after, _LONGEST_WAIT)


class CrmNeedsLogin(CrmSaid):
    """The CRM refuses our credentials: renew them in the configuration."""


class CrmRefused(CrmSaid):
    """The CRM refuses this read and always will: our request or its rights are wrong."""


class HookRefused(Exception):
    """A POST to our address that the CRM did not send; the text says what to look at."""


class Capability(StrEnum):
    """What a connector can do; a name is a method of the Protocol or a group of them."""

    CONTACTS = "contacts"
    COMPANIES = "companies"
    LEADS = "leads"
    DEALS = "deals"
    CALLS = "calls"
    RECORDINGS = "recordings"
    RATINGS = "ratings"  # of calls that the CRM has already
    TASKS = "tasks"
    NOTIFY = "notify"
    LIVE = "live"
    LOOKUP = "lookup"
    INDEX = "index"
    FIND = "find"
    CLICK = "click"


EVERYTHING: Final = frozenset(Capability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """`missing`: what is not to be had, and what stops working without it."""

    capabilities: frozenset[Capability]
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for; fields that are None are not asked about."""

    phone: str | None = None
    name: str | None = None
    email: str | None = None
    inn: str | None = None
    requisite: str | None = None
    id: str | None = None
    contact: str | None = None
    company: str | None = None
    stage: str | None = None
    open_only: bool = False

    def asked(self) -> dict[str, Any]:
        """The words that it asks by, in the order above."""
        words = {each.name: getattr(self, each.name) for each in fields(self)}
        return {word: value for word, value in words.items() if value not in (None, False)}


@dataclass(frozen=True, slots=True)
class PhonePage:
    """One page of every phone (E.164) the CRM holds; `next` None on the last.

    `since` of the first page is where `changes` takes over from the whole reading.
    """

    phones: tuple[tuple[str, Match], ...]
    next: str | None
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChange:
    """`phone` (E.164) is stored by `matches` now, by nobody when empty; `cursor` resumes after."""

    cursor: str
    phone: str
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """A call as it rings: what a screen pop needs. `user` (the CRM's id) is whom it rings first."""

    call_id: str
    direction: Direction
    client: Client
    did: str | None
    user: str | None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a live `announce` was given under `key`, and the handle that came back.

    `handle` None: it was sent, and no answer was seen. `call` None: the CRM announced the call
    itself, by a click in it.
    """

    key: str
    call: LiveCall | None
    handle: str | None


class Crm(Protocol):
    """One CRM. Every call has a deadline inside the connector.

    Reads raise CrmUnavailable, CrmNeedsLogin or CrmRefused. Writes never raise for what the CRM
    says: they return an Outcome. `key` makes a write happen once in effect (see `find`).

    `fields` are named by the words of bridge/domain/entities.py, in the singular (`name`, `phone`,
    `email`, `owner`, `contact`, `company`, `title`, `inn`, `stage`, `closed`), several phones or
    emails separated by commas; other names are the CRM's own, and unknown ones are refused.
    """

    name: str

    async def find_contacts(self, query: Search) -> list[Contact]:
        """All that fit every word of `query`; empty when none does. CrmRefused for a word that
        contacts cannot be asked by."""
        ...

    async def create_contact(self, fields: Mapping[str, str], key: str) -> Outcome:
        """`result` is the contact's id."""
        ...

    async def update_contact(self, id: str, fields: Mapping[str, str]) -> Outcome:
        """Only what `fields` names is changed; lists of phones and emails are replaced whole."""
        ...

    async def contact_deals(self, query: Search) -> list[Deal]:
        """The deals of the contacts that `query` finds, the open ones alone with `open_only`."""
        ...

    async def find_companies(self, query: Search) -> list[Company]:
        """As `find_contacts`."""
        ...

    async def create_company(self, fields: Mapping[str, str], key: str) -> Outcome:
        """`result` is the company's id."""
        ...

    async def update_company(self, id: str, fields: Mapping[str, str]) -> Outcome:
        """As `update_contact`."""
        ...

    async def company_deals(self, query: Search) -> list[Deal]:
        """As `contact_deals`, of companies."""
        ...

    async def find_deals(self, query: Search) -> list[Deal]:
        """As `find_contacts`; `stage` is a stage's id, `open_only` leaves closed ones out."""
        ...

    async def create_deal(self, fields: Mapping[str, str], pipeline: str, key: str) -> Outcome:
        """In the first stage of the pipeline, where `fields` names no other; `pipeline` empty: the
        CRM's first. `result` is the deal's id."""
        ...

    async def update_deal(self, id: str, fields: Mapping[str, str]) -> Outcome:
        """As `update_contact`; a last stage closes it."""
        ...

    async def deal_users(self, id: str) -> list[User]:
        """Its owner first, then those who help. CrmRefused where there is no such deal."""
        ...

    async def log_call(
        self,
        record: CallRecord,
        user: str | None,
        entities: tuple[EntityRef, ...],
        key: str,
        announced: Announced | None = None,
    ) -> Outcome:
        """The finished call. `announced` is what the live announcement left, where one was made;
        a connector that needs none ignores it. `result` is the call's id in the CRM."""
        ...

    async def attach_recording(
        self, call: str, recording: Recording, file: Path | str, key: str
    ) -> Outcome:
        """`call` is what `log_call` gave as its result; `file` is the finished file, or an address
        under which the CRM's users hear it."""
        ...

    async def attach_call(self, call: str, entity: EntityRef, key: str) -> Outcome:
        """Show a call that is logged on one more entity. `call` as in `attach_recording`."""
        ...

    async def dictionaries(self) -> Dictionaries:
        """The pipelines with their stages, and what else people choose from: names by id."""
        ...

    async def find_leads(self, query: Search) -> list[Lead]:
        """As `find_contacts`; `open_only` leaves closed ones out."""
        ...

    async def create_lead(self, lead: CreateLead, key: str) -> Outcome:
        """`result` is the lead's id."""
        ...

    async def update_lead(self, id: str, fields: Mapping[str, str]) -> Outcome:
        """As `update_contact`."""
        ...

    async def lookup(self, phone: str) -> list[Match]:
        """Everybody who stores this number (E.164), with owner and open deals, in one question of
        the CRM. What is no number is nobody's."""
        ...

    async def phones(self, page: str | None) -> PhonePage:
        """One page of the whole reading; None asks for the first, `next` of a page for the next."""
        ...

    def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        """Every phone whose answer changed after `since`; ends when there is no more for now."""
        ...

    async def users(self) -> list[User]:
        """All who are at work, with their extensions where the CRM knows them."""
        ...

    async def create_task(self, task: CreateTask, entity: EntityRef | None, key: str) -> Outcome:
        """For a user, on an entity where there is one. `result` is the task's id."""
        ...

    async def notify(self, user: str, text: str) -> Outcome:
        """Tell this user (the CRM's id) something, where he sees it in the CRM."""
        ...

    async def announce(self, call: LiveCall, key: str) -> Outcome:
        """Make the call known while it rings and open its card at `call.user`. `result` is the
        handle; `log_call` closes the card."""
        ...

    async def show(self, handle: str, users: tuple[str, ...]) -> Outcome:
        """Open the card of a call that was announced at these users, too."""
        ...

    async def hide(self, handle: str, users: tuple[str, ...]) -> Outcome:
        """Take the card away from these users; the call goes on."""
        ...

    async def find(self, key: str) -> str | None:
        """The id of what an earlier write under `key` made, or None. Raises as reads do."""
        ...

    async def probe(self) -> Probe:
        """What can be done with this login. Raises as reads do."""
        ...

    async def close(self) -> None:
        """Let go of connections; nothing is called after it."""
        ...


@runtime_checkable
class ChangeTeller(Protocol):
    """The part of a connector with Capability.INDEX that hears of changes before it asks."""

    async def changed(self, since: str) -> None:
        """Returns when `changes(since)` may have something to tell. Raises as reads do."""
        ...


@runtime_checkable
class CallRequester(Protocol):
    """The part of a connector with Capability.CLICK: people in the CRM ask for calls.

    They come by `requests` (the daemon polls the CRM) or by `hooked` (the CRM posts to
    `/hooks/<name of the destination>`); the same request by both ways has the same `id`.
    """

    def requests(self) -> AsyncIterator[CallRequest]:
        """Never ends by itself; waits between polls. Raises as reads do, and may be begun anew."""
        ...

    async def hooked(self, headers: Mapping[str, str], body: bytes) -> tuple[CallRequest, ...]:
        """What one POST to our address asks for. Raises HookRefused for what is not the CRM's."""
        ...

    async def unfulfilled(self, request: CallRequest, why: Unfulfilled) -> Outcome:
        """The client was never dialled: tell the CRM and whoever asked."""
        ...


@runtime_checkable
class Answering(Protocol):
    """The part of a connector whose CRM tells a call that answers a callback form from others."""

    def answering(self, request: CallRequest) -> None:
        """The client who left this form is dialled now."""
        ...


@runtime_checkable
class Embedded(Protocol):
    """The part of a connector whose CRM posts to us out of the browsers of its users: `origins` of
    the pages that may, as `https://acme.example`."""

    origins: frozenset[str]


@runtime_checkable
class Transcriber(Protocol):
    """The part of a connector whose CRM keeps what was said in a call."""

    async def attach_transcription(self, call: str, lines: Lines, key: str) -> Outcome:
        """`call` is what `log_call` gave as its result."""
        ...


@runtime_checkable
class Rater(Protocol):
    """The part of a connector with Capability.RATINGS: a rating that comes after the call."""

    async def rate_call(self, call: str, rating: int, key: str) -> Outcome:
        """`call` is what `log_call` gave as its result; `rating` is 1 to 5."""
        ...


@runtime_checkable
class CallFinder(Protocol):
    """The part of a connector whose CRM may know a call by the CRM's own id alone: one that
    somebody clicked for in the CRM."""

    async def find_on(self, key: str, call: str) -> str | None:
        """As `find`, for a write on the call that `log_call` gave as its result."""
        ...
