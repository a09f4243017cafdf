"""Moments: CallEvents unfolded into what a person would say happened, beside the call so far.

Everything but `finished` and `recording` is of the moment: late, it is worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable
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
    ClientHeld,
    ClientQueued,
    ClientRated,
    TalkChanged,
)
from bridge.domain.record import CallRecord, Direction

_MOST_CALLS: Final = 10_000  # in progress at once; beyond, the oldest is forgotten


class Event(StrEnum):
    """What happens in a call, by the names that scripts and webhooks know."""

    STARTED = "started"
    QUEUED = "queued"
    RINGING = "ringing"
    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    HELD = "held"
    RESUMED = "resumed"
    RATED = "rated"
    FINISHED = "finished"
    RECORDING = "recording"


LIVE: Final = frozenset(Event) - {Event.FINISHED, Event.RECORDING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A call so far. `record` holds what is known of it, the rest of it is absent; `queue` is where
    the client waits now, `queued_at` since when; `talked` who talked with the client last."""

    record: CallRecord
    ringing: tuple[str, ...] = ()
    talking: tuple[str, ...] = ()
    talked: tuple[str, ...] = ()
    queue: str | None = None
    queued_at: datetime | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One moment. `agents`: who rings or talks now. `id` is the event's own, the same in every
    repeat."""

    event: Event
    id: str
    at: datetime | None
    now: Progress
    agents: tuple[str, ...] = ()

    @property
    def record(self) -> CallRecord:
        """The record so far; the whole one in `finished` and `recording`."""
        return self.now.record


@dataclass(slots=True)
class Unfolding:
    """CallEvents in, moments out. Internal calls are nobody's business."""

    _calls: dict[str, Progress] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def happened(self, event: CallEvent) -> Happened | None:
        """What this means; None where it means nothing new."""
        if isinstance(event, CallStarted):
            return self._begin(event)
        if isinstance(event, CallFinished):
            return self._end(event.record)
        before = self._calls.get(event.call_id)
        if before is None:
            return None
        after, kind, agents = _CHANGES[type(event)](before, event)
        self._calls[event.call_id] = after
        return self._told(after, kind, event.at, agents) if kind else None

    def progress(self, call_id: str) -> Progress | None:
        """The call so far; None when it is over, or was never heard of."""
        return self._calls.get(call_id)

    def waiting(self) -> dict[str, int]:
        """How many clients wait in each queue where somebody does."""
        found: dict[str, int] = {}
        for call in self._calls.values():
            if call.queue is not None:
                found[call.queue] = found.get(call.queue, 0) + 1
        return found

    def _begin(self, event: CallStarted) -> Happened | None:
        if event.direction is Direction.INTERNAL:
            return None
        record = CallRecord(
            call_id=event.call_id,
            pbx=event.call_id.rpartition("-")[0],
            direction=event.direction,
            client=event.client,
            did=event.did,
            started_at=event.at,
        )
        if len(self._calls) >= _MOST_CALLS:
            self._forget(next(iter(self._calls)))
        call = self._calls[event.call_id] = Progress(record=record)
        return self._told(call, Event.STARTED, event.at)

    def _end(self, record: CallRecord) -> Happened | None:
        call = self._calls.get(record.call_id)
        if call is None:
            return None
        over = replace(call, record=record, ringing=(), talking=(), queue=None, held=False)
        told = self._told(over, Event.FINISHED, record.ended_at, call.talked)
        self._forget(record.call_id)
        return told

    def _forget(self, call_id: str) -> None:
        self._calls.pop(call_id, None)
        self._counts.pop(call_id, None)

    def _told(
        self, now: Progress, event: Event, at: datetime | None, agents: tuple[str, ...] = ()
    ) -> Happened:
        call_id = now.record.call_id
        count = self._counts[call_id] = self._counts.get(call_id, 0) + 1
        return Happened(event=event, id=f"{call_id}/{event}/{count}", at=at, now=now, agents=agents)


Change = tuple[Progress, Event | None, tuple[str, ...]]


def _ringing(call: Progress, event: AgentRinging) -> Change:
    ringing = (*_without(call.ringing, event.agent), event.agent)
    return replace(call, ringing=ringing), Event.RINGING, (event.agent,)


def _stopped_ringing(call: Progress, event: AgentStoppedRinging) -> Change:
    return replace(call, ringing=_without(call.ringing, event.agent)), None, ()


def _talk(call: Progress, event: TalkChanged) -> Change:
    """The same people again, after a moment with nobody, are nothing new."""
    agents, first = event.agents, not call.talked
    after = replace(call, talking=agents, talked=agents or call.talked)
    if not agents or agents == call.talked:
        return after, None, ()
    if first:
        after = replace(after, record=replace(call.record, answered_at=event.at))
    return after, Event.ANSWERED if first else Event.TRANSFERRED, agents


def _queued(call: Progress, event: ClientQueued) -> Change:
    if event.queue is None:
        return replace(call, queue=None, queued_at=None), None, ()
    record = replace(call.record, queue=event.queue)
    after = replace(call, record=record, queue=event.queue, queued_at=event.at)
    return after, Event.QUEUED, ()


def _held(call: Progress, event: ClientHeld) -> Change:
    kind = Event.HELD if event.on else Event.RESUMED
    return replace(call, held=event.on), kind, call.talking


def _rated(call: Progress, event: ClientRated) -> Change:
    record = replace(call.record, rating=event.rating)
    return replace(call, record=record), Event.RATED, call.talked


def _without(agents: tuple[str, ...], agent: str) -> tuple[str, ...]:
    return tuple(each for each in agents if each != agent)


_CHANGES: Final[dict[type, Callable[[Progress, Any], Change]]] = {
    AgentRinging: _ringing,
    AgentStoppedRinging: _stopped_ringing,
    TalkChanged: _talk,
    ClientQueued: _queued,
    ClientHeld: _held,
    ClientRated: _rated,
}
