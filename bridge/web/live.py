"""The board of calls in progress, and who follows it.

The daemon tells it every CallEvent; a page asks what is on it and follows the changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from bridge.domain.call_events import (
    AgentRinging,
    AgentStoppedRinging,
    CallEvent,
    CallFinished,
    CallStarted,
    TalkChanged,
)
from bridge.domain.record import Client, Direction, stamp

_NOTES: Final = 5  # of one call
_BEHIND: Final = 1000  # messages a follower may be behind before it is sent away to start anew


@dataclass(frozen=True, slots=True)
class Note:
    """What a script has to say of a call to these agents."""

    agents: tuple[str, ...]
    text: str

    def to_json(self) -> dict[str, Any]:
        return {"agents": list(self.agents), "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """One call in progress. `talked_at`: when somebody first talked with the client; `notes` the
    last few."""

    call_id: str
    direction: Direction
    client: Client
    did: str | None
    started_at: datetime | None
    ringing: tuple[str, ...] = ()
    talking: tuple[str, ...] = ()
    talked_at: datetime | None = None
    notes: tuple[Note, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "call_id": self.call_id,
            "direction": self.direction.value,
            "client": {
                "number": self.client.number,
                "raw": self.client.raw,
                "name": self.client.name,
                "withheld": self.client.withheld,
            },
            "did": self.did,
            "started_at": stamp(self.started_at) if self.started_at else None,
            "ringing": list(self.ringing),
            "talking": list(self.talking),
            "talked_at": stamp(self.talked_at) if self.talked_at else None,
            "notes": [note.to_json() for note in self.notes],
        }


@dataclass(frozen=True, slots=True)
class Message:
    """`call` (a call is so now), `gone` (it left the board), `finished` (its record is stored),
    `note` (a script tells agents something of it)."""

    event: str
    data: dict[str, Any]


@dataclass(slots=True)
class Follower:
    """One reader of the changes; `get` gives None when it is over."""

    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(_BEHIND + 1))

    async def get(self) -> Message | None:
        return await self.queue.get()

    def put(self, message: Message) -> bool:
        """False when the reader is so far behind that it has been sent away."""
        if self.queue.qsize() < _BEHIND:
            self.queue.put_nowait(message)
            return True
        self.end()
        return False

    def end(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class LiveBoard:
    """Never waits and never raises for what it is told. Calls between agents are not shown."""

    def __init__(self) -> None:
        self._calls: dict[str, LiveView] = {}
        self._followers: list[Follower] = []

    def calls(self) -> list[LiveView]:
        """The calls in progress, in the order they began."""
        return list(self._calls.values())

    def tell(self, event: CallEvent) -> None:
        """What happened in a call."""
        match event:
            case CallFinished(record):
                if self._calls.pop(record.call_id, None):
                    self._spread(Message("gone", {"call_id": record.call_id}))
            case CallStarted() if event.direction is not Direction.INTERNAL:
                self._put(_begun(event))
            case AgentRinging() | AgentStoppedRinging() | TalkChanged():
                if view := self._calls.get(event.call_id):
                    self._put(_after(view, event))

    def stored(self, call_id: str) -> None:
        """The call's record can be read, for the first time or in a new revision."""
        self._spread(Message("finished", {"call_id": call_id}))

    def note(self, call_id: str, agents: tuple[str, ...], text: str) -> None:
        """A script has this to say to these agents."""
        note = Note(agents, text)
        if view := self._calls.get(call_id):
            self._calls[call_id] = replace(view, notes=(*view.notes, note)[-_NOTES:])
        self._spread(Message("note", {"call_id": call_id, **note.to_json()}))

    @contextmanager
    def following(self) -> Iterator[Follower]:
        """A follower of everything from now on."""
        follower = Follower()
        self._followers.append(follower)
        try:
            yield follower
        finally:
            if follower in self._followers:
                self._followers.remove(follower)

    @property
    def followers(self) -> int:
        return len(self._followers)

    def close(self) -> None:
        """Send everyone away: the daemon goes."""
        for follower in self._followers:
            follower.end()

    def _put(self, view: LiveView) -> None:
        self._calls[view.call_id] = view
        if self._followers:
            self._spread(Message("call", view.to_json()))

    def _spread(self, message: Message) -> None:
        self._followers = [each for each in self._followers if each.put(message)]


def _begun(event: CallStarted) -> LiveView:
    return LiveView(
        call_id=event.call_id,
        direction=event.direction,
        client=event.client,
        did=event.did,
        started_at=event.at,
    )


def _after(view: LiveView, event: AgentRinging | AgentStoppedRinging | TalkChanged) -> LiveView:
    match event:
        case TalkChanged(at, _, agents):
            talked_at = view.talked_at or (at if agents else None)
            return replace(view, talking=agents, talked_at=talked_at)
        case AgentRinging():
            return replace(view, ringing=(*_without(view.ringing, event.agent), event.agent))
        case AgentStoppedRinging():
            return replace(view, ringing=_without(view.ringing, event.agent))


def _without(agents: tuple[str, ...], agent: str) -> tuple[str, ...]:
    return tuple(each for each in agents if each != agent)
