"""Case: all that a scheme looks at, and the keys of the commands it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bridge.domain.entities import EntityRef, Lead, Match
from bridge.domain.fact import fact
from bridge.domain.record import CallRecord
from bridge.rules.policy import Did, Policy, Topic


class Note(StrEnum):
    """What the rules had to assume; counted, and shown in the CRM beside the call."""

    AMBIGUOUS = "ambiguous"  # several entities store the number
    UNMAPPED_AGENT = "unmapped_agent"  # the agent is no user of the CRM


@fact(frozen=True, slots=True, kw_only=True)
class Known:
    """What the CRM knows of the client's number: every entity that stores it, the open leads."""

    matches: tuple[Match, ...] = ()
    open_leads: tuple[Lead, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.matches or self.open_leads)


Opens = Callable[[str | None, datetime], datetime | None]
"""When this company number is open next, by its own clock: at that moment where it is open, None
where it never is."""


def always_open(did: str | None, at: datetime) -> datetime:
    """For who has no hours: it is open at any moment."""
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call at one destination. `users` maps an extension to the CRM's id of its user."""

    record: CallRecord
    destination: str
    known: Known = field(default_factory=Known)
    policy: Policy = field(default_factory=Policy)
    users: Mapping[str, str] = field(default_factory=dict)
    has_tasks: bool = True  # the CRM has them
    opens: Opens = always_open

    @property
    def did(self) -> Did:
        """What is set for the company number of the call."""
        return self.policy.did(self.record.did)

    @property
    def topic(self) -> Topic:
        """What the client chose on the way: an IVR key, a queue."""
        queue = (self.record.queue,) if self.record.queue else ()
        return self.policy.topic_of((*self.record.labels, *queue))

    def key(self, command: str, subject: str) -> str:
        """The key of a command of this call at this destination."""
        return command_key(self.destination, self.record.call_id, command, subject)

    @property
    def lead_key(self) -> str:
        """The key of the lead that this call makes."""
        return self.key("create_lead", "lead")

    @property
    def log_key(self) -> str:
        """See `log_key`."""
        return log_key(self.destination, self.record.call_id)


def command_key(destination: str, call_id: str, command: str, subject: str) -> str:
    """`destination/call_id/command/subject`: the same for every revision of the record."""
    return f"{destination}/{call_id}/{command}/{subject}"


def log_key(destination: str, call_id: str) -> str:
    """The key of the write that logs the call; every recording of it needs its result."""
    return command_key(destination, call_id, "log_call", "call")


def named(entity: EntityRef) -> str:
    """`contact 12`, for the reasons that people read."""
    return f"{entity.kind} {entity.id}"
