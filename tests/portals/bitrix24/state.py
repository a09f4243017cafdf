"""Everything the portal knows. Tests read it; methods change it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from .clock import Clock
from .index import Index
from .params import Row

# Ids of different kinds never meet, so that a mixed-up kind is not found by luck.
_FIRST_IDS: Final = {
    "lead": 3001,
    "deal": 401,
    "contact": 701,
    "company": 601,
    "activity": 7901,
    "file": 9001,
    "task": 3701,
    "row": 150,
}
ENTITIES: Final = {"lead": 1, "deal": 2, "contact": 3, "company": 4}
KIND_OF: Final = {number: kind for kind, number in ENTITIES.items()}


@dataclass(slots=True, kw_only=True)
class User:
    """`extension` is UF_PHONE_INNER; without one the field is absent from every answer."""

    id: int
    name: str
    last_name: str = ""
    extension: str | None = None
    email: str = ""
    mobile: str = ""
    active: bool = True
    admin: bool = False
    type: str = "employee"
    day: str = "OPENED"  # TIMEMAN_STATUS


@dataclass(slots=True, kw_only=True)
class Finish:
    """What the one accepted finish made of a call."""

    user: int
    duration: int
    code: str
    reason: str = ""
    cost: float = 0
    currency: str = ""
    vote: int | None = None
    activity: int | None = None
    at: float = 0
    place: int = 0  # among all that were finished, from 1


@dataclass(slots=True, kw_only=True)
class Call:
    """A call from register (or a click) on; `cards`: users who see its card now."""

    number: int
    call_id: str
    registered_at: float
    user: int
    phone: str
    type: int
    line: str | None = None
    external_id: str | None = None
    started: str = ""
    entity: tuple[str, int] | None = None
    created: list[tuple[str, int]] = field(default_factory=list)
    create_error: str | None = None
    clicked: bool = False
    cards: set[int] = field(default_factory=set)
    pops: list[tuple[str, int]] = field(default_factory=list)  # every show and hide, in order
    finish: Finish | None = None
    record: int | None = None
    record_name: str = ""
    transcript: list[Row] | None = None
    transcript_id: int | None = None

    @property
    def keys(self) -> tuple[object, ...]:
        """What makes a registration the same one; absent equals absent."""
        return self.phone, self.type, self.user, self.line, self.external_id


@dataclass(slots=True, kw_only=True)
class Doubts:
    """What the reference leaves open. The default is what it says more of, or the harder."""

    webhook_may_register: bool = False  # older and self-hosted portals
    finished_call_comes_back: bool = True  # register within 30 min after a finish
    finish_looks_again: bool = True  # for the entity by number, where register found none
    finish_repeat_code: str = "ERROR_CORE"  # one portal was seen with an empty code
    unfinished_for: float | None = None  # seconds a registered call stays finishable
    transcription_replaces: bool = True
    deals_by_any_contact: bool = True  # crm.item.list filters by contactIds
    log_message_needs_app: bool = False
    task_tags: bool = False
    same_handler_twice: bool = True  # event.bind of a handler that is bound


@dataclass(slots=True)
class State:
    """One portal. `url` is where it listens now."""

    clock: Clock
    doubts: Doubts = field(default_factory=Doubts)
    url: str = ""
    mode: int = 1  # crm.settings.mode.get: 1 with leads, 2 without
    repeat_leads: bool = True
    lead_creation_error: str | None = None
    users: dict[int, User] = field(default_factory=dict)
    entities: dict[str, dict[int, Row]] = field(
        default_factory=lambda: {kind: {} for kind in ENTITIES}
    )
    own_fields: dict[str, set[str]] = field(
        default_factory=lambda: {kind: set() for kind in ENTITIES}
    )
    index: Index = field(default_factory=Index)
    requisites: dict[int, Row] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    statuses: list[Row] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    registrations: dict[tuple[object, ...], list[Call]] = field(
        default_factory=lambda: defaultdict(list)
    )
    lines: dict[str, Row] = field(default_factory=dict)
    files: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    activities: dict[int, Row] = field(default_factory=dict)
    comments: dict[int, Row] = field(default_factory=dict)
    log_messages: dict[int, Row] = field(default_factory=dict)
    tasks: dict[int, Row] = field(default_factory=dict)
    notices: dict[int, Row] = field(default_factory=dict)
    handlers: list[Row] = field(default_factory=list)
    offline: list[Row] = field(default_factory=list)
    tell: Callable[[str, Row], None] = lambda name, data: None  # an event has happened
    uploads: dict[str, tuple[str, str]] = field(default_factory=dict)  # token: call, file name
    _ids: dict[str, int] = field(default_factory=lambda: defaultdict(int, _FIRST_IDS))

    def number(self, kind: str) -> int:
        """The next id of this kind."""
        self._ids[kind] = max(self._ids[kind], 1) + 1
        return self._ids[kind] - 1

    def extension(self, inner: str) -> User | None:
        """Two users may share one: the active one with the lowest id."""
        named = [one for one in self.users.values() if one.extension == inner and one.active]
        return min(named, key=lambda one: one.id, default=None)

    def holders(self, phone: str) -> list[tuple[str, Row]]:
        """Every entity that stores this number, however written, as the portal orders them."""
        return [
            (kind, self.entities[kind][id])
            for kind in ("contact", "company", "lead")
            for id in self.index.by_phone(kind, phone)
        ]

    def finished(self) -> list[Call]:
        """The statistic table, oldest first."""
        return [one for one in self.calls.values() if one.finish]
