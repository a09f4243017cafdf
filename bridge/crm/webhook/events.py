"""The events that a receiver may ask for, made of what happens in calls.

`started`, `ringing`, `answered` and `transferred` are of the moment: late, they are worth nothing.
`finished` and `recording` are delivered for days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bridge.domain.call_events import (
    AgentRinging,
    AgentStoppedRinging,
    CallEvent,
    CallFinished,
    CallStarted,
    TalkChanged,
)
from bridge.domain.record import CallRecord, Direction

_MOST_CALLS: Final = 10_000  # in progress at once; beyond, the oldest is forgotten


class Event(StrEnum):
    STARTED = "started"
    RINGING = "ringing"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    FINISHED = "finished"
    RECORDING = "recording"


LIVE: Final = frozenset({Event.STARTED, Event.RINGING, Event.ANSWERED, Event.TRANSFERRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One live event. `record` is the call as far as it is known: the rest of it is absent.
    `agents`: who rings or talks now. `id` is the event's own, the same in every repeat."""

    event: Event
    id: str
    at: datetime | None
    record: CallRecord
    agents: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        return facts(self.event, self.record.to_json(), self.agents)


def facts(event: Event, record: Mapping[str, Any], agents: tuple[str, ...] = ()) -> dict[str, Any]:
    """What templates and conditions know."""
    return {"event": str(event), "record": record, "agents": list(agents)}


@dataclass(slots=True)
class _Call:
    record: CallRecord
    talked: tuple[str, ...] = ()
    count: int = 0


@dataclass(slots=True)
class Unfolding:
    """CallEvents in, live events out. Internal calls are nobody's business."""

    _calls: dict[str, _Call] = field(default_factory=dict)

    def happened(self, event: CallEvent) -> Happened | None:
        """What this means to a receiver; None where it means nothing new."""
        match event:
            case CallStarted() if event.direction is not Direction.INTERNAL:
                call = self._begin(event)
                return self._told(call, Event.STARTED, event.at)
            case AgentRinging():
                return self._of(event.call_id, Event.RINGING, event.at, (event.agent,))
            case TalkChanged():
                return self._talk(event)
            case CallFinished(record):
                self._calls.pop(record.call_id, None)
            case CallStarted() | AgentStoppedRinging():
                pass
        return None

    def _begin(self, event: CallStarted) -> _Call:
        record = CallRecord(
            call_id=event.call_id,
            pbx=event.call_id.rpartition("-")[0],
            direction=event.direction,
            client=event.client,
            did=event.did,
            started_at=event.at,
        )
        if len(self._calls) >= _MOST_CALLS:
            del self._calls[next(iter(self._calls))]
        call = self._calls[event.call_id] = _Call(record)
        return call

    def _talk(self, event: TalkChanged) -> Happened | None:
        call = self._calls.get(event.call_id)
        if call is None or not event.agents or event.agents == call.talked:
            return None
        first, call.talked = not call.talked, event.agents
        if first:
            call.record = replace(call.record, answered_at=event.at)
        kind = Event.ANSWERED if first else Event.TRANSFERRED
        return self._told(call, kind, event.at, event.agents)

    def _of(
        self, call_id: str, event: Event, at: datetime | None, agents: tuple[str, ...]
    ) -> Happened | None:
        call = self._calls.get(call_id)
        return self._told(call, event, at, agents) if call else None

    def _told(
        self, call: _Call, event: Event, at: datetime | None, agents: tuple[str, ...] = ()
    ) -> Happened:
        call.count += 1
        id = f"{call.record.call_id}/{event}/{call.count}"
        return Happened(event=event, id=id, at=at, record=call.record, agents=agents)
