"""The teller of one channel: what waits goes out as one message, at most so many an hour.

It never blocks whoever has something to tell: too much is dropped and counted, a channel that
fails is tried again later each time, and given up after hours.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.domain.counters import Counters
from bridge.domain.messages import Message
from bridge.notify.channels import Sender, Unsent
from bridge.notify.settings import QuietHours
from bridge.outbox.ports import StoreUnavailable

_MOST_WAITING: Final = 100
_HOUR: Final = timedelta(hours=1)
_GIVE_UP: Final = timedelta(hours=6)
_FIRST, _LONGEST = 5.0, 600.0  # seconds between tries

log = structlog.get_logger(__name__)


class Clock(Protocol):
    def now(self) -> datetime: ...
    async def wait(self, event: asyncio.Event, until: datetime) -> None: ...


class Kept(Protocol):
    """The store's part: what a channel has yet to say. Both raise StoreUnavailable."""

    async def unsaid(self, channel: str) -> list[Message]: ...
    async def said(self, channel: str, ids: Sequence[str]) -> None: ...


class Teller:
    """`name` is the channel's, for logs and metrics. In `quiet` hours only what is urgent there
    goes out, the rest when they end. What is told stands in the store already, and goes from there
    once it was sent or given up: after a kill in between it is sent again."""

    def __init__(
        self,
        name: str,
        sender: Sender,
        kept: Kept,
        *,
        most_per_hour: int,
        clock: Clock,
        counters: Counters,
        quiet: QuietHours | None = None,
    ) -> None:
        self.name = name
        self._sender = sender
        self._kept = kept
        self._most = most_per_hour
        self._clock = clock
        self._counters = counters
        self._quiet = quiet
        self._waiting: deque[Message] = deque()
        self._in_hand: tuple[Message, ...] = ()  # being sent
        self._dropped: list[Message] = []
        self._sent: deque[datetime] = deque()
        self._something = asyncio.Event()
        self._never = asyncio.Event()

    def tell(self, message: Message) -> None:
        """Returns at once."""
        if len(self._waiting) >= _MOST_WAITING:
            self._dropped.append(self._waiting.popleft())
            self._count("dropped")
        self._waiting.append(message)
        self._something.set()

    async def take_up(self) -> None:
        """What an earlier process was told and has not sent goes first."""
        known = self._known()
        try:
            found = await self._kept.unsaid(self.name)
        except StoreUnavailable as error:
            log.error("alert.store_away", channel=self.name, error=str(error))
            return
        known |= self._known()
        self._waiting.extendleft(reversed([each for each in found if each.id not in known]))
        self._something.set()

    def lay_down(self) -> None:
        """Another process tells from now, of what waits here as well: it is in the store."""
        self._waiting.clear()
        self._in_hand = ()

    def _known(self) -> set[str]:
        return {message.id for message in (*self._waiting, *self._in_hand)}

    async def run(self) -> None:
        while True:
            await self._something.wait()
            await self._room()
            self._something.clear()
            quiet_until = self._quiet.until(self._clock.now()) if self._quiet else None
            self._in_hand = batch = self._take(urgent=quiet_until is not None)
            if batch and await self._send(together(batch)):
                await self._forget(batch)
            self._in_hand = ()
            if quiet_until is not None and self._waiting:
                await self._clock.wait(self._something, quiet_until)
                self._something.set()

    def _take(self, *, urgent: bool) -> tuple[Message, ...]:
        """What waits, out of the queue; of it what is urgent alone, where that is asked for."""
        kinds = self._quiet.urgent if self._quiet and urgent else ()
        batch = tuple(each for each in self._waiting if not urgent or each.kind in kinds)
        self._waiting = deque(each for each in self._waiting if each not in batch)
        return batch

    async def _forget(self, sent: Sequence[Message]) -> None:
        gone = [message.id for message in (*sent, *self._dropped)]
        self._dropped.clear()
        try:
            await self._kept.said(self.name, gone)
        except StoreUnavailable as error:  # after a restart it is told again
            log.error("alert.store_away", channel=self.name, error=str(error))

    async def _room(self) -> None:
        """Returns when one more message may be sent within the hour."""
        while len(self._sent) >= self._most:
            free = self._sent[0] + _HOUR
            if self._clock.now() < free:
                await self._clock.wait(self._never, free)
            self._sent.popleft()

    async def _send(self, message: Message) -> bool:
        """Whether it is done with: false where another process has it meanwhile."""
        began, tries = self._clock.now(), 0
        while True:
            try:
                await self._sender.send(message)
            except Unsent as error:
                tries += 1
                if error.final or self._clock.now() - began >= _GIVE_UP:
                    self._gave_up(str(error))
                    return True
                await self._pause(tries, error)
                if not self._in_hand:
                    return False
            except Exception:
                log.exception("alert.our_mistake", channel=self.name)
                self._gave_up("our own mistake")
                return True
            else:
                self._sent.append(self._clock.now())
                self._count("sent")
                return True

    async def _pause(self, tries: int, error: Unsent) -> None:
        wait = max(error.retry_after or 0.0, min(_LONGEST, _FIRST * 2.0 ** min(tries - 1, 10)))
        self._count("failed")
        log.warning("alert.failed", channel=self.name, error=str(error), again_in=wait)
        await self._clock.wait(self._never, self._clock.now() + timedelta(seconds=wait))

    def _gave_up(self, why: str) -> None:
        self._count("dropped")
        log.error(
            "alert.dropped", channel=self.name, error=why, act="correct this channel of `alerts`"
        )

    def _count(self, result: str) -> None:
        self._counters.count("alerts", destination=self.name, event=result)


def together(messages: Sequence[Message]) -> Message:
    """Several messages as one: what waits longer is said shorter."""
    if len(messages) == 1:
        return messages[0]
    parts = [f"{message.title}\n{message.text}" for message in messages]
    title = f"{len(messages)} messages of asterisk-bridge: {messages[-1].title}"
    facts = {"messages": [dict(message.facts) for message in messages]}
    return Message(id=messages[-1].id, title=title, text="\n\n".join(parts), facts=facts)
