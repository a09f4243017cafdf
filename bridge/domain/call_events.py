"""CallEvent: what happened in a call, for the live view, the screen pop and the journal."""

from __future__ import annotations

from datetime import datetime

from bridge.domain.fact import fact
from bridge.domain.record import CallRecord, Client, Direction


@fact(frozen=True, slots=True)
class CallStarted:
    """`agent` is who had the client dialled; `linkedid` the first channel of all that led to this
    call, so that whoever made that channel knows its call."""

    at: datetime | None
    call_id: str
    direction: Direction
    client: Client
    did: str | None
    agent: str | None = None
    linkedid: str = ""


@fact(frozen=True, slots=True)
class AgentRinging:
    """A telephone of this agent (an extension) rings for the client; one event for each
    telephone."""

    at: datetime | None
    call_id: str
    agent: str


@fact(frozen=True, slots=True)
class AgentStoppedRinging:
    """One of the telephones rings no more: taken up, given up or refused."""

    at: datetime | None
    call_id: str
    agent: str


@fact(frozen=True, slots=True)
class TalkChanged:
    """The agents who share audio with the client now; empty when nobody does."""

    at: datetime | None
    call_id: str
    agents: tuple[str, ...]


@fact(frozen=True, slots=True)
class ClientQueued:
    """The client waits in this queue from now on; None: in none any more."""

    at: datetime | None
    call_id: str
    queue: str | None


@fact(frozen=True, slots=True)
class ClientHeld:
    """Somebody put the conversation on hold, or took it up again."""

    at: datetime | None
    call_id: str
    on: bool


@fact(frozen=True, slots=True)
class ClientRated:
    """`rating` is 1 to 5."""

    at: datetime | None
    call_id: str
    rating: int


@fact(frozen=True, slots=True)
class CallFinished:
    """The call is over, or will be told of no more; the last event of its call."""

    record: CallRecord


CallEvent = (
    CallStarted
    | AgentRinging
    | AgentStoppedRinging
    | TalkChanged
    | ClientQueued
    | ClientHeld
    | ClientRated
    | CallFinished
)
