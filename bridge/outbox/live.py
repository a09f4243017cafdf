"""The perishable lane of a destination: the CRM announces a call while it rings, and its card opens
and closes at whoever has the call. What comes too late is dropped and counted, never repeated.

The arguments of an announcement are stored before it is sent and its handle after, so that the
durable log of the call can go on from it, whatever became of the daemon in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from pydantic import BaseModel, ConfigDict, Field
from structlog.contextvars import bind_contextvars

from bridge.domain.call_events import CallEvent, CallFinished, CallStarted
from bridge.domain.commands import Outcome, Verdict
from bridge.domain.counters import Counters
from bridge.domain.ports import Announced, Capability
from bridge.outbox.capabilities import Told, nobody, probed
from bridge.outbox.card import Card, after, card_of, change
from bridge.outbox.destination import Destination
from bridge.outbox.ports import Announcements, Clock, StoreUnavailable
from bridge.rules.case import command_key

MOST_CALLS: Final = 2000  # in progress at once; more are not announced

log = structlog.get_logger(__name__)


class LiveSettings(BaseModel):
    """How a CRM is told of calls in progress."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    announce: bool = Field(True, description="false: the CRM hears of a call when it is over")
    hidden: bool = Field(False, description="announce clients without a number too")
    together: float = Field(
        0.3, ge=0, le=5, description="seconds in which changes of a card are gathered"
    )
    late: float = Field(
        5.0, gt=0, le=60, description="seconds after which an announcement is worth nothing"
    )
    abreast: int = Field(4, ge=1, le=100, description="requests under way at once")


@dataclass(slots=True, eq=False)
class _Open:
    """One call in the lane. `restored`: it was in progress when the daemon started. `since`: when
    somebody should first have seen the card."""

    card: Card
    restored: bool
    handle: str | None
    since: datetime | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    shown: tuple[str, ...] = ()


class LiveLane:
    """Announces to one destination. `tell` never waits, whatever the CRM or the store does. `told`
    hears what the CRM lacks, once it has said so."""

    def __init__(
        self,
        destination: Destination,
        announcements: Announcements,
        *,
        clock: Clock,
        counters: Counters,
        settings: LiveSettings,
        told: Told = nobody,
    ) -> None:
        self.destination = destination
        self._announcements = announcements
        self._clock = clock
        self._counters = counters
        self._settings = settings
        self._told = told
        self._calls: dict[str, _Open] = {}
        self._fresh: asyncio.Queue[_Open] = asyncio.Queue()
        self._room = asyncio.Semaphore(settings.abreast)
        self._runs = False
        self._able = settings.announce
        self._failing = False
        self._stopping = asyncio.Event()

    def tell(self, event: CallEvent, handle: str | None = None) -> None:
        """What happened in a call; `handle` where the CRM has announced it already."""
        if isinstance(event, CallStarted):
            self._begin(event, handle)
            return
        call_id = event.record.call_id if isinstance(event, CallFinished) else event.call_id
        if call := self._calls.get(call_id):
            call.card = after(call.card, event)
            self._note(call)
            if call.card.over:
                del self._calls[call_id]
                call.over.set()

    def stop(self) -> None:
        """`run` returns at once: nothing here outlives its moment."""
        self._stopping.set()

    async def run(self) -> None:
        """What was told before is a call that the last process has announced, or never will be."""
        self._runs = True
        for call in self._calls.values():
            call.shown = call.card.holders(self.destination.users)
        if not await self._has_cards():
            self._forget()
            await self._stopping.wait()
            return
        async with asyncio.TaskGroup() as group:
            workers = group.create_task(self._begin_each(group))
            await self._stopping.wait()
            workers.cancel()
            for call in self._calls.values():
                call.over.set()
                call.changed.set()

    async def _has_cards(self) -> bool:
        """Whether this kind of CRM knows cards, and this one lets us show them."""
        found = await probed(self.destination.crm, self._clock, self._stopping, self._told)
        return Capability.LIVE in found.capabilities & self.destination.capabilities

    def _begin(self, event: CallStarted, handle: str | None) -> None:
        card = card_of(event, hidden=self._settings.hidden) if self._able else None
        if card is None:
            return
        if len(self._calls) >= MOST_CALLS:
            self._dropped("full")
            return
        call = self._calls[card.call_id] = _Open(card, not self._runs, handle)
        call.shown = card.holders(self.destination.users) if handle else ()
        self._note(call)
        self._fresh.put_nowait(call)

    def _note(self, call: _Open) -> None:
        if call.since is None and call.card.holders(self.destination.users):
            call.since = self._clock.now()
        call.changed.set()

    def _forget(self) -> None:
        self._able = False
        self._calls.clear()

    async def _begin_each(self, group: asyncio.TaskGroup) -> None:
        while True:
            call = await self._fresh.get()
            group.create_task(self._follow(call))

    async def _follow(self, call: _Open) -> None:
        """One call from its first ring to its end. A fault of ours costs its card alone."""
        bind_contextvars(call_id=call.card.call_id)  # of this task: on every line that it logs
        try:
            handle = await self._handle(call)
            while handle is not None:
                await call.changed.wait()
                await self._clock.wait(call.over, self._in(self._settings.together))
                if call.over.is_set():
                    return
                call.changed.clear()
                await self._bring_up(call, handle)
        except StoreUnavailable:
            self._dropped("store_away")
        except Exception:
            log.exception("live.our_mistake")
            self._dropped("fault")

    async def _handle(self, call: _Open) -> str | None:
        """The handle of the call's announcement, made now unless there is one already."""
        users = await self._somebody(call)
        if not users:
            return None
        if call.handle or call.restored:
            return await self._earlier(call)
        async with self._room:
            why = self._too_late(call)
            if why is None:
                return await self._announce(call, users[0])
        self._dropped(why)
        return None

    def _too_late(self, call: _Open) -> str | None:
        if call.over.is_set():
            return "over"
        now = self._clock.now()
        waited = (now - (call.since or now)).total_seconds()
        return "late" if waited > self._settings.late else None

    async def _somebody(self, call: _Open) -> tuple[str, ...]:
        """The users who should see the card, as soon as there is one; none when the call ends."""
        while not call.over.is_set():
            call.changed.clear()
            if users := call.card.holders(self.destination.users):
                return users
            await call.changed.wait()
        return ()

    async def _earlier(self, call: _Open) -> str | None:
        """What a click or the last process announced."""
        call.changed.set()
        if call.handle:
            return call.handle
        kept = await self._announcements.announced(self.destination.name, call.card.call_id)
        return kept.handle if kept else None

    async def _announce(self, call: _Open, user: str) -> str | None:
        name, call_id = self.destination.name, call.card.call_id
        key = command_key(name, call_id, "announce", "call")
        told = call.card.live_call(user)
        sent = Announced(key=key, call=told, handle=None)
        if not await self._announcements.announcing(name, call_id, sent, now=self._clock.now()):
            return await self._earlier(call)
        if call.over.is_set():  # its log may be on the way, and would leave the card open
            self._dropped("over")
            return None
        outcome = await self._sent("announce", self.destination.crm.announce(told, key))
        if outcome.verdict is not Verdict.ACCEPTED or outcome.result is None:
            return None
        await self._announcements.answered(name, call_id, outcome.result)
        call.shown = (user,)
        call.changed.set()
        return outcome.result

    async def _bring_up(self, call: _Open, handle: str) -> None:
        """Show and hide what the card's changes of this moment come to."""
        crm, users = self.destination.crm, self.destination.users
        async with self._room:
            wanted = change(call.card, users, call.shown)
            if wanted.show and await self._done("show", crm.show(handle, wanted.show)):
                call.shown = (*call.shown, *wanted.show)
            if wanted.hide and await self._done("hide", crm.hide(handle, wanted.hide)):
                call.shown = tuple(user for user in call.shown if user not in wanted.hide)

    async def _done(self, what: str, write: Awaitable[Outcome]) -> bool:
        return (await self._sent(what, write)).verdict is Verdict.ACCEPTED

    async def _sent(self, what: str, write: Awaitable[Outcome]) -> Outcome:
        """One perishable write, with what the CRM said counted; told to the log once in a row."""
        outcome = await self._outcome(write)
        name, verdict = self.destination.name, outcome.verdict
        self._counters.count("live_writes", destination=name, write=what, verdict=verdict)
        failed = verdict is not Verdict.ACCEPTED
        if failed and not self._failing:
            detail = outcome.detail
            log.warning("live.not_done", destination=name, write=what, why=verdict, detail=detail)
        self._failing = failed
        return outcome

    async def _outcome(self, write: Awaitable[Outcome]) -> Outcome:
        try:
            async with asyncio.timeout(self._settings.late):
                return await write
        except TimeoutError:
            return Outcome(verdict=Verdict.UNCLEAR, detail="no answer in time")
        except Exception as error:
            detail = f"the connector failed: {type(error).__name__}"
            return Outcome(verdict=Verdict.UNCLEAR, detail=detail)

    def _dropped(self, why: str) -> None:
        self._counters.count("live_dropped", destination=self.destination.name, reason=why)

    def _in(self, seconds: float) -> datetime:
        return self._clock.now() + timedelta(seconds=seconds)
