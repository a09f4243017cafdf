"""The carrier takes one leased entry as far as it will go: plan, write, write … and leave it.

Before anything is repeated whose fate is not known, the CRM is asked what became of it. As long as
no write took effect the plan is made anew, for the CRM may have changed while we waited; but what
a person has edited stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog

from bridge.domain.commands import AttachRecording, LogCall, Outcome, Planned, RateCall, Verdict
from bridge.domain.counters import Counters
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.outbox.destination import Destination
from bridge.outbox.effects import effect, made, needed
from bridge.outbox.entries import Attempt, Work, Write
from bridge.outbox.ports import (
    Clock,
    Entries,
    LeaseLost,
    NewPlan,
    Sending,
    Settled,
    StoreUnavailable,
    Tried,
)
from bridge.outbox.progress import LONGEST, Progress, Stop
from bridge.outbox.retry import Decision, Parked, Past, RetrySettings, Step, decide
from bridge.outbox.states import EntryMove, WriteMove, WriteState

DEADLINE: Final = timedelta(minutes=1)  # a connector has its own; this one saves the lane from it
LEASE: Final = timedelta(minutes=3)  # begins anew with each note; between two are two deadlines
_STORE_AWAY: Final = timedelta(seconds=2)
_PLACED: Final = (AttachRecording, RateCall)  # what a CRM may have no place for

T = TypeVar("T")

log = structlog.get_logger(__name__)

# The verdict → what it does to the write that was sent; an unclear one stays sent.
_SETTLES: Final = {
    Verdict.ACCEPTED: WriteMove.ACCEPT,
    Verdict.TRY_LATER: WriteMove.UNDO,
    Verdict.NEEDS_LOGIN: WriteMove.UNDO,
    Verdict.REFUSED: WriteMove.REFUSE,
}
_STEPS: Final = {
    EntryMove.FINISH: Step.DONE,
    EntryMove.PARK: Step.PARK,
    EntryMove.POSTPONE: Step.AGAIN,
}


class Carrier:
    """Carries entries of one destination. `dice` gives numbers uniform in [0, 1)."""

    def __init__(
        self,
        destination: Destination,
        entries: Entries,
        *,
        clock: Clock,
        dice: Callable[[], float],
        counters: Counters,
        settings: RetrySettings,
        lease: timedelta = LEASE,
    ) -> None:
        self._destination = destination
        self._crm = destination.crm
        self._entries = entries
        self._clock = clock
        self._dice = dice
        self._counters = counters
        self._settings = settings
        self._lease = lease

    async def carry(self, work: Work) -> Step:
        """Raises LeaseLost or StoreUnavailable; what a CRM does is never raised."""
        writes = {write.planned.key: write for write in work.writes}
        results = dict(work.results)
        progress = Progress(
            work.entry,
            work.record,
            writes,
            results,
            work.announced,
            begun=work.begun,
            recent_leads=work.recent_leads,
        )
        try:
            await self._ask_fates(progress)
            if progress.open():
                await self._plan(progress)
            for planned in [write.planned for write in progress.writes.values()]:
                await self._write(progress, planned)
            left = progress.finished()
        except Stop as stop:
            left = progress.stopped(stop, self._clock.now())
        progress.facts.append(left)
        await self._note(progress)
        return _STEPS[left.move]

    async def _note(self, progress: Progress) -> None:
        """Commit what was gathered. What the CRM has said is worth waiting for the store."""
        facts, begun = tuple(progress.facts), self._clock.now()
        progress.facts.clear()
        said = any(isinstance(fact, Tried) and fact.settled for fact in facts)
        while True:
            now = self._clock.now()
            try:
                await self._entries.note(progress.entry, *facts, now=now, until=now + self._lease)
                return
            except StoreUnavailable as error:
                if not said or not timedelta() <= now - begun < self._lease / 2:
                    raise
                log.warning("delivery.store_away", error=str(error))
                await self._clock.wait(asyncio.Event(), now + _STORE_AWAY)

    async def _ask_fates(self, progress: Progress) -> None:
        for write in list(progress.writes.values()):
            if write.state is WriteState.SENT:
                await self._ask_fate(progress, write.planned, write.sent_at)

    async def _ask_fate(
        self, progress: Progress, planned: Planned, sent_at: datetime | None
    ) -> None:
        """Was it done? A request may still be on its way, so it gets a moment to arrive."""
        now = self._clock.now()
        early = (sent_at or now) + self._settings.ask_after - now
        if sent_at and early > timedelta():
            raise Stop(
                Decision(Step.AGAIN, early.total_seconds()), "waiting to ask what became of it"
            )
        refused = Decision(Step.PARK, reason=Parked.CANNOT_TELL)
        asked = f"find {planned.key}"
        found = await self._read(
            progress, asked, lambda: made(self._crm, planned, progress.results), refused
        )
        move = WriteMove.UNDO if found is None else WriteMove.ACCEPT
        word = "absent" if found is None else "found"
        attempt = Attempt(asked=asked, at=now, seconds=self._since(now), verdict=word)
        self._tried(progress, attempt, Settled(key=planned.key, move=move, result=found))

    async def _plan(self, progress: Progress) -> None:
        of = progress.entry, progress.record, self._entries
        planned = await self._read(
            progress,
            "lookup",
            lambda: self._destination.plan(*of, progress.begun, progress.recent_leads),
            Decision(Step.PARK, reason=Parked.REFUSED),
        )
        progress.facts.append(NewPlan(planned, replaces=bool(progress.writes)))
        progress.writes = {item.key: Write(planned=item) for item in planned}

    async def _write(self, progress: Progress, planned: Planned) -> None:
        if progress.writes[planned.key].state is not WriteState.PLANNED:
            return
        if any(key not in progress.results for key in needed(planned)):
            return
        now = self._clock.now()
        progress.facts.append(Sending(planned.key))
        await self._note(progress)
        outcome = await self._effect(progress, planned)
        attempt = self._attempt(planned.key, now, outcome.verdict, outcome.detail)
        if move := _SETTLES.get(outcome.verdict):
            settled = Settled(key=planned.key, move=move, result=outcome.result)
            self._tried(progress, attempt, settled)
        else:
            self._tried(progress, attempt, None)
        self._judge(progress, planned, outcome)

    def _judge(self, progress: Progress, planned: Planned, outcome: Outcome) -> None:
        decision = self._decide(progress, outcome.verdict, outcome.retry_after)
        if decision.step is Step.PARK and outcome.verdict is Verdict.REFUSED:
            progress.trouble.append((Parked.REFUSED, outcome.detail))  # the others may still go
        elif decision.step is not Step.DONE:
            raise Stop(decision, outcome.detail)
        elif isinstance(planned.command, _PLACED) and outcome.result is None:
            progress.unplaced = outcome.detail
        elif isinstance(planned.command, LogCall):
            for note in (*planned.command.notes, *outcome.notes):
                self._counters.count("rule_notes", note=note)
                log.warning("delivery.note", note=note)

    async def _effect(self, progress: Progress, planned: Planned) -> Outcome:
        """A write that raises or never ends has an unclear fate, whosever mistake it is."""
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                about = self._destination.handed(progress.record, self._clock.now())
                return await effect(self._crm, planned, about, progress.results, progress.announced)
        except TimeoutError:
            return Outcome(verdict=Verdict.UNCLEAR, detail="no answer in time")
        except Exception as error:
            detail = f"the connector failed: {type(error).__name__}"
            return Outcome(verdict=Verdict.UNCLEAR, detail=detail)

    async def _read(
        self,
        progress: Progress,
        asked: str,
        ask: Callable[[], Awaitable[T]],
        refused: Decision,
    ) -> T:
        """What the CRM answers; a failure is kept as an attempt and stops the entry."""
        now = self._clock.now()
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                return await ask()
        except (StoreUnavailable, LeaseLost):
            raise
        except Exception as error:
            verdict, retry_after, detail = _read_failure(error)
            self._tried(progress, self._attempt(asked, now, verdict, detail), None)
            if verdict is Verdict.REFUSED:
                raise Stop(refused, detail) from error
            raise Stop(self._decide(progress, verdict, retry_after), detail) from error

    def _tried(self, progress: Progress, attempt: Attempt, settled: Settled | None) -> None:
        self._counters.count(
            "delivery_attempts", destination=self._destination.name, verdict=attempt.verdict
        )
        progress.facts.append(Tried(attempt, settled))
        if settled:
            progress.settle(settled)

    def _decide(self, progress: Progress, verdict: Verdict, retry_after: float | None) -> Decision:
        failures, since = progress.failing()
        failing_for = (self._clock.now() - since).total_seconds() if since else 0.0
        return decide(
            verdict,
            Past(failures=failures, failing_for=failing_for),
            retry_after=retry_after,
            dice=self._dice(),
            settings=self._settings,
        )

    def _attempt(self, asked: str, at: datetime, verdict: str, detail: str) -> Attempt:
        return Attempt(
            asked=asked, at=at, seconds=self._since(at), verdict=verdict, detail=detail[:LONGEST]
        )

    def _since(self, moment: datetime) -> float:
        """Seconds; none where the clock was set back meanwhile."""
        return max(0.0, (self._clock.now() - moment).total_seconds())


def _read_failure(error: Exception) -> tuple[Verdict, float | None, str]:
    match error:
        case CrmUnavailable():
            return Verdict.TRY_LATER, error.retry_after, str(error)
        case CrmNeedsLogin():
            return Verdict.NEEDS_LOGIN, None, str(error)
        case CrmRefused():
            return Verdict.REFUSED, None, str(error)
        case TimeoutError():
            return Verdict.TRY_LATER, None, "no answer in time"
    return Verdict.TRY_LATER, None, f"the connector failed: {type(error).__name__}"
