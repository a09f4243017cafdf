"""What a CRM holds, in words that every CRM shares. Ids are the CRM's own, as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EntityKind(StrEnum):
    CONTACT = "contact"
    COMPANY = "company"
    LEAD = "lead"
    DEAL = "deal"


@dataclass(frozen=True, slots=True)
class EntityRef:
    kind: EntityKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    id: str
    name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    owner: str | None = None
    company: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
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
