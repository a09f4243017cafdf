"""What the web room shows, as Protocols; whoever keeps it implements them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bridge.domain.application import Application
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.routes import Asked, Decision, RouteStatus
from bridge.domain.transcription import Lines
from bridge.web.seeking import Sought

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallPage:
    """Call records as `CallRecord.to_json()` gives them, newest first; `next` None at the end."""

    records: Sequence[Json]
    next: str | None = None


class FinishedCalls(Protocol):
    """The stored call records."""

    async def page(self, limit: int, before: str | None, sought: Sought) -> CallPage:
        """At most `limit` calls of those sought; `before` is the `next` of an earlier page.

        It comes from outside: one that was never given begins with the newest call.
        """
        ...

    async def one(self, call_id: str) -> Json | None: ...

    async def details(self, call_ids: Sequence[str]) -> Mapping[tuple[str, str], str]:
        """(call, recording) → what a person should know of it, where there is anything."""
        ...


class RecordingFiles(Protocol):
    """Our copies of the recordings. Blocking: called from a thread."""

    def find(self, id: str, pbx: str | None = None) -> Path | None: ...


class CrmPages(Protocol):
    """What the built-in CRM shows of itself: rows of text, numbers and lists."""

    async def rows(self, kind: str, limit: int, before: int | None) -> Sequence[Json]: ...
    async def card(self, kind: str, id: str) -> Json | None: ...

    async def names(self, lines: Sequence[Json]) -> Sequence[Mapping[str, str]]:
        """Of each of these rows what its ids stand for, by column."""
        ...

    async def links(self, call_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """For each call the entities it is shown on, as `lead 7`."""
        ...


class Incidents(Protocol):
    """What failed, as JSON."""

    async def lasting(self) -> Sequence[Json]: ...

    async def acknowledge(self, id: int, by: str) -> Json | None:
        """None when there is no such incident, or it is over."""
        ...

    def signed(self, id: int, until: str, sign: str) -> bool:
        """Whether this is a good link of ours."""
        ...


class NoIncidents:
    """Nothing ever fails: for a page without a daemon."""

    async def lasting(self) -> Sequence[Json]:
        return ()

    async def acknowledge(self, id: int, by: str) -> Json | None:
        return None

    def signed(self, id: int, until: str, sign: str) -> bool:
        return False


class Applications(Protocol):
    """Requests of clients, on their way into the CRMs. `region` reads national numbers."""

    region: str

    async def apply(self, application: Application) -> bool:
        """Keep it; False when its id was sent before. Raises StoreUnavailable."""
        ...

    async def trace(self, id: str) -> Json | None:
        """The application, and of each delivery its state and its writes."""
        ...


class Transcriptions(Protocol):
    """What was said in finished calls."""

    async def keep(self, call_id: str, lines: Lines, *, now: datetime) -> Lines | None:
        """Keep it, unless the call has one; what is kept then, None when there is no such call.
        Raises StoreUnavailable."""
        ...

    async def of(self, call_id: str) -> Lines:
        """Empty where there is none."""
        ...


class Ratings(Protocol):
    """What clients thought of finished calls."""

    async def keep(self, call_id: str, rating: int, *, now: datetime) -> bool:
        """Keep it in place of an earlier one. False when there is no such call. Raises
        StoreUnavailable."""
        ...


class Asking(Protocol):
    """Calls that people ask for."""

    def ask(self, number: str, *, user: str | None, extension: str | None) -> str | Unfulfilled:
        """The id of the request, or why nothing would come of it."""
        ...

    async def hooked(self, destination: str, headers: Mapping[str, str], body: bytes) -> bool:
        """What a CRM posts to us; False when no destination of this name does. Raises HookRefused
        for what is not the CRM's."""
        ...

    def origins(self, destination: str) -> frozenset[str]:
        """The pages of this CRM whose scripts may post to us."""
        ...


class Deciding(Protocol):
    """Whom to ring. Always answers, and in time."""

    async def route(self, asked: Asked) -> Decision: ...


class NobodyDecides:
    """Every call takes its own way."""

    async def route(self, asked: Asked) -> Decision:
        return Decision(status=RouteStatus.OFF)


@dataclass(frozen=True, slots=True)
class Health:
    """`facts` say what is wrong, or what was looked at."""

    ok: bool = True
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exposition:
    """What `/metrics` answers: rendered elsewhere, in this content type."""

    body: bytes
    content_type: str = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Answers for those who watch the daemon."""

    live: Callable[[], Health] = Health
    ready: Callable[[], Health] = Health
    metrics: Callable[[], Exposition] = lambda: Exposition(b"")
