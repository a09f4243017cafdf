"""Policy: the settings of the five schemes, as a company writes them in its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bridge.domain.entities import EntityKind
from bridge.texts.braces import fillable

_E164: Final = re.compile(r"^\+[1-9]\d{6,14}$")
_TITLE_WORDS: Final = frozenset({"client", "name", "did", "department"})
_CALLBACK_WORDS: Final = _TITLE_WORDS | {"at"}


class UnknownCaller(StrEnum):
    """What to do for a number that nothing in the CRM stores."""

    CREATE = "create"  # make a lead
    OFFER = "offer"  # make nothing; the operator's card offers to create a contact
    LOG_ONLY = "log_only"  # make nothing; the call is in the common call list


class HiddenNumber(StrEnum):
    """What to do for a client who hides the number."""

    CREATE = "create"  # a lead without a number
    LOG_ONLY = "log_only"


class DealChoice(StrEnum):
    """Which of several open deals takes the call."""

    NEWEST = "newest"
    OLDEST = "oldest"
    ALL = "all"


def _e164(number: str) -> str:
    if not _E164.match(number):
        raise ValueError("write the number as the world dials it, like +74951234567")
    return number


def _title(template: str) -> str:
    return fillable(template, _TITLE_WORDS)


def _callback_title(template: str) -> str:
    return fillable(template, _CALLBACK_WORDS)


def _entities(order: tuple[EntityKind, ...]) -> tuple[EntityKind, ...]:
    wanted = {EntityKind.CONTACT, EntityKind.COMPANY, EntityKind.LEAD}
    if len(order) != len(wanted) or set(order) != wanted:
        raise ValueError("name contact, company and lead once each, the most important first")
    return order


CompanyNumber = Annotated[str, AfterValidator(_e164)]
Title = Annotated[str, AfterValidator(_title)]
CallbackTitle = Annotated[str, AfterValidator(_callback_title)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Did(_Settings):
    """One company number: what it is called, and whose its calls are. Ids are the CRM's."""

    name: str = ""
    department: str = ""
    owner: str | None = None  # for calls that nobody answered and that have no owner yet
    pipeline: str | None = None
    stage: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)  # the CRM's own fields of its leads


class Topic(_Settings):
    """Where requests on this topic begin. Ids are the CRM's."""

    pipeline: str | None = None
    stage: str | None = None


class Unknown(_Settings):
    """What becomes of calls with a number that nothing in the CRM stores, by their direction."""

    inbound: UnknownCaller = UnknownCaller.CREATE
    outbound: UnknownCaller = UnknownCaller.LOG_ONLY


class Policy(_Settings):
    """Every value has the default that the requirements name."""

    unknown: Unknown = Unknown()
    hidden: HiddenNumber = HiddenNumber.LOG_ONLY
    entity_order: Annotated[tuple[EntityKind, ...], AfterValidator(_entities)] = (
        EntityKind.CONTACT,
        EntityKind.COMPANY,
        EntityKind.LEAD,
    )
    deals: DealChoice = DealChoice.NEWEST
    fallback_user: str | None = None  # for agents that no CRM user belongs to
    dids: dict[CompanyNumber, Did] = Field(default_factory=dict)
    # Of applications, by their topic; of calls, by a label of their path or their queue.
    topics: dict[str, Topic] = Field(default_factory=dict)
    # The CRM's own field for repeat requests, where it has one beside the flag of every lead.
    repeat_flag: str | None = None
    lead_title: Title = "Call from {client}"
    # Of the task that a promise to call back makes; {at} is when the client called.
    callback_title: CallbackTitle = "Call back {client}, who called {did} at {at}"

    def did(self, number: str | None) -> Did:
        """What is set for this company number; the defaults where nothing is."""
        return self.dids.get(number or "", _NO_DID)

    def topic(self, name: str | None) -> Topic:
        """What is set for this topic, or for `other`; the CRM's own beginning where nothing is."""
        return self.topics.get(name or "") or self.topics.get("other", _NO_TOPIC)

    def topic_of(self, labels: Iterable[str]) -> Topic:
        """What is set for the last of these labels that is a topic; nothing where none is."""
        known = [self.topics[label] for label in labels if label in self.topics]
        return known[-1] if known else _NO_TOPIC

    def log_only(self) -> Policy:
        """The same for a destination that has no leads: calls are told there, nothing is made."""
        unknown = Unknown(inbound=UnknownCaller.LOG_ONLY, outbound=UnknownCaller.LOG_ONLY)
        return self.model_copy(update={"unknown": unknown, "hidden": HiddenNumber.LOG_ONLY})


_NO_DID: Final = Did()
_NO_TOPIC: Final = Topic()
