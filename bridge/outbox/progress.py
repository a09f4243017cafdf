"""How far one entry has come in the carrier's hands, and how it is left. No effects here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.application import Application
from bridge.domain.ports import Announced
from bridge.domain.record import CallRecord
from bridge.outbox.entries import Entry, Write
from bridge.outbox.ports import Fact, Hold, Left, Settled
from bridge.outbox.retry import Decision, Parked, Step
from bridge.outbox.states import EntryMove, WriteMove, WriteState

LONGEST: Final = 500  # characters of the CRM's answer that are kept
_STATES: Final = {
    WriteMove.ACCEPT: WriteState.DONE,
    WriteMove.UNDO: WriteState.PLANNED,
    WriteMove.REFUSE: WriteState.PARKED,
}


class Stop(Exception):
    """The entry goes no further now."""

    def __init__(self, decision: Decision, detail: str) -> None:
        super().__init__(detail)
        self.decision = decision
        self.detail = detail[:LONGEST]


@dataclass(slots=True)
class Progress:
    """`results`: the ids that writes have brought. `facts` are not in the store yet."""

    entry: Entry
    record: CallRecord | Application
    writes: dict[str, Write]
    results: dict[str, str]
    announced: Announced | None
    begun: Collection[str] = frozenset()
    recent_leads: Collection[str] = ()
    trouble: list[tuple[Parked, str]] = field(default_factory=list)
    unplaced: str = ""  # why the CRM has no place for a recording or a rating
    facts: list[Fact] = field(default_factory=list)
    accepted: bool = False

    def open(self) -> bool:
        """Nothing was written yet, nor did a person say what is to be written."""
        return all(
            write.state is WriteState.PLANNED and not write.edited for write in self.writes.values()
        )

    def settle(self, settled: Settled) -> None:
        """What became of a write that was sent."""
        state = _STATES[settled.move]
        self.writes[settled.key] = replace(self.writes[settled.key], state=state)
        if settled.move is WriteMove.ACCEPT:
            self.accepted = True
            if settled.result is not None:
                self.results[settled.key] = settled.result

    def failing(self) -> tuple[int, datetime | None]:
        """Failures in a row and since when; a write that was accepted ends the row."""
        if self.accepted:
            return 0, None
        return self.entry.failures, self.entry.failing_since

    def finished(self) -> Left:
        """Done when every write is; else a person must free what the others need."""
        if all(write.state is WriteState.DONE for write in self.writes.values()):
            return Left(move=EntryMove.FINISH, detail=self.unplaced[:LONGEST])
        reason, detail = next(iter(self.trouble), (self._standing(), ""))
        return Left(move=EntryMove.PARK, reason=reason, detail=detail[:LONGEST])

    def stopped(self, stop: Stop, now: datetime) -> Left:
        """Parked, or due again; a destination that needs a login is held beside."""
        decision, (failures, since) = stop.decision, self.failing()
        if decision.step is Step.PARK:
            return Left(move=EntryMove.PARK, reason=decision.reason, detail=stop.detail)
        due_at = now + timedelta(seconds=decision.after)
        if decision.step is Step.HOLD:
            self.facts.append(Hold(until=due_at, detail=stop.detail))
            due_at = now
        else:
            failures, since = failures + 1, since or now
        return Left(
            move=EntryMove.POSTPONE,
            due_at=due_at,
            failures=failures,
            failing_since=since,
            detail=stop.detail,
        )

    def _standing(self) -> Parked:
        """Why nothing moved in this turn: an earlier refusal, or a result that never came."""
        refused = any(write.state is WriteState.PARKED for write in self.writes.values())
        return Parked.REFUSED if refused else Parked.NO_RESULT
