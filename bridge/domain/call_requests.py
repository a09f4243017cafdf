"""CallRequest: somebody in the CRM asks for a call: a click on a number, a callback form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.domain.entities import EntityRef


class RequestKind(StrEnum):
    """What was clicked or filled in, and so who is to talk."""

    CLICK = "click"  # whoever clicked talks
    CALLBACK = "callback"  # the client left his number; who talks is ours to decide


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """`id` is the CRM's and the same when the request comes twice. `number` as the CRM wrote it.

    `user` is the CRM's id of who asked, None where nobody is named; `line` the company number to
    show. `handle` names the call that the CRM has announced already (see `Announced`).
    """

    id: str
    kind: RequestKind
    number: str
    user: str | None
    line: str | None
    handle: str | None
    entity: EntityRef | None
    asked_at: datetime


class Unfulfilled(StrEnum):
    """Why a request ended before the client was dialled."""

    AGENT_NO_ANSWER = "agent_no_answer"
    AGENT_BUSY = "agent_busy"
    AGENT_DECLINED = "agent_declined"
    AGENT_UNAVAILABLE = "agent_unavailable"
    NO_EXTENSION = "no_extension"  # the CRM's user has none that we know
    BAD_NUMBER = "bad_number"
    TOO_LATE = "too_late"  # it reached us when nobody waits for it any more
    PBX_AWAY = "pbx_away"
    UNKNOWN = "unknown"  # the PBX was told to dial, and nobody heard what came of it
