"""Calls that were ordered and have not begun: which is whose, and how the agent's phone ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from bridge.dialout.ports import Memory
from bridge.domain.call_events import CallEvent, CallStarted
from bridge.domain.call_requests import Unfulfilled
from bridge.domain.causes import Cause
from bridge.domain.pbx_events import ChannelEnded, PbxEvent
from bridge.domain.record import Direction
from bridge.outbox.ports import Clock, StoreUnavailable

# The dialplan may speak to the agent before it calls the client.
_CALLED_WITHIN: Final = timedelta(minutes=1)
# Asterisk tells of the channel's end before it answers Originate; we may read it a moment later.
_HUNG_UP_WITHIN: Final = timedelta(seconds=1)
# A phone rings for two minutes at most before the client is called.
_MAY_BEGIN: Final = timedelta(minutes=3)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Linked:
    """A call that this destination announced itself, under this handle."""

    destination: str
    handle: str


@dataclass(frozen=True, slots=True)
class _Begun:
    """The call of a request has begun; `linked` where a CRM announced it itself."""

    destination: str
    request: str
    call_id: str
    linked: Linked | None


@dataclass(slots=True, eq=False)
class Expected:
    """An order that was sent, whose call has not begun. `client` is E.164."""

    destination: str
    request: str
    handle: str | None
    client: str
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # the agent's own channel
    cause: int | None = None  # of that end


class Expecting:
    """`tell` and `hear` return at once; `run` keeps what has begun."""

    def __init__(self, memory: Memory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock
        self._begun: asyncio.Queue[_Begun | None] = asyncio.Queue()
        self._expected: dict[str, Expected] = {}

    @contextmanager
    def call_of(self, order: str, expected: Expected) -> Iterator[None]:
        """Meanwhile the call of this order may begin; the order's id is its linkedid."""
        self._expected[order] = expected
        try:
            yield
        finally:
            self._expected.pop(order, None)

    def tell(self, event: CallEvent) -> Linked | None:
        """What happened in a call; the link where it is one that a CRM announced itself."""
        if not isinstance(event, CallStarted) or event.direction is not Direction.OUTBOUND:
            return None
        expected = self._expected.get(event.linkedid)
        if expected is None or event.client.number not in (None, expected.client):
            return None
        del self._expected[event.linkedid]
        expected.begun.set()
        linked = Linked(expected.destination, expected.handle) if expected.handle else None
        begun = _Begun(expected.destination, expected.request, event.call_id, linked)
        self._begun.put_nowait(begun)
        return linked

    def hear(self, event: PbxEvent) -> None:
        """What happened on the PBX: how the agent's phone of an order ended."""
        if isinstance(event, ChannelEnded):
            expected = self._expected.get(event.channel.uniqueid)
            if expected is not None:
                expected.cause = event.cause
                expected.ended.set()

    async def restore(self) -> None:
        """Expect what the last process ordered a moment ago. Raises StoreUnavailable."""
        since = self._clock.now() - _MAY_BEGIN
        for kept in await self._memory.orders(since):
            self._expected[kept.order] = Expected(
                kept.destination, kept.id, kept.handle, kept.client
            )

    def stop(self) -> None:
        """`run` returns once what has begun is kept."""
        self._begun.put_nowait(None)

    async def run(self) -> None:
        """Keep each call that has begun, at once: before it can be over in the store."""
        async with asyncio.TaskGroup() as group:
            while (begun := await self._begun.get()) is not None:
                group.create_task(self._keep_one(begun))

    async def _keep_one(self, begun: _Begun) -> None:
        name, now = begun.destination, self._clock.now()
        try:
            if begun.linked is not None:
                await self._memory.clicked(name, begun.call_id, begun.linked.handle, now=now)
            else:
                await self._memory.settle_form(name, begun.request, None, now=now)
        except StoreUnavailable as error:
            log.error("click.not_linked", call_id=begun.call_id, error=str(error))

    async def unless_called(
        self, expected: Expected, why: Unfulfilled, seconds: float = 0.0
    ) -> Unfulfilled | None:
        """`why`, unless the client's call begins: the agent's phone may ring for so long yet."""
        within = _CALLED_WITHIN + timedelta(seconds=seconds)
        await self._clock.wait(expected.begun, self._clock.now() + within)
        return None if expected.begun.is_set() else why

    async def unless_declined(self, expected: Expected, why: Unfulfilled) -> Unfulfilled:
        """A phone that is not there has no channel, and so no cause of its end."""
        await self._clock.wait(expected.ended, self._clock.now() + _HUNG_UP_WITHIN)
        return Unfulfilled.AGENT_DECLINED if expected.cause == Cause.REJECTED else why
