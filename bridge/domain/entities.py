"""What a CRM holds, in words that every CRM shares. Ids are the CRM's own, as text.

Of each alike: `phones` are E.164 where they can be read, `owner` is the id of a user of the CRM,
`fields` are those that this CRM alone has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EntityKind(StrEnum):
    """The kinds that every connector speaks of, whatever its CRM calls them."""

    CONTACT = "contact"
    COMPANY = "company"
    LEAD = "lead"
    DEAL = "deal"


@dataclass(frozen=True, slots=True)
class EntityRef:
    """One entity, as others name it."""

    kind: EntityKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person."""

    id: str
    name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    owner: str | None = None
    company: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A firm. `inn` is its tax number; `deals` are there where the CRM brings them along."""

    id: str
    name: str = ""
    phones: tuple[str, ...] = ()
    inn: str | None = None
    requisites: dict[str, str] = field(default_factory=dict)
    owner: str | None = None
    deals: tuple[Deal, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A request. `repeat`: the client was known before."""

    id: str
    title: str = ""
    phones: tuple[str, ...] = ()
    owner: str | None = None
    contact: str | None = None
    company: str | None = None
    closed: bool = False
    repeat: bool = False
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A sale on its way. `pipeline` and `stage` are the CRM's ids of them, `changed_at` is
    aware."""

    id: str
    title: str = ""
    pipeline: str | None = None
    stage: str | None = None
    closed: bool = False
    owner: str | None = None
    contact: str | None = None
    company: str | None = None
    changed_at: datetime | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who works in the CRM. `extensions` are those that the CRM itself knows."""

    id: str
    name: str = ""
    extensions: tuple[str, ...] = ()
    email: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One entity that stores the number asked for, its owner, its open deals and, as far as the
    lookup brings them, the CRM's own fields."""

    entity: EntityRef
    name: str = ""
    owner: str | None = None
    company: str | None = None
    open_deals: tuple[Deal, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionaries:
    """Reference lists: pipelines with their stages, sources, currencies … id to name."""

    pipelines: dict[str, str] = field(default_factory=dict)
    stages: dict[str, dict[str, str]] = field(default_factory=dict)
    lists: dict[str, dict[str, str]] = field(default_factory=dict)
