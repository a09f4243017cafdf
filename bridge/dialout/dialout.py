"""Dialout: takes requests for calls, has each dialled at most once, and tells who asked why not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import Final

import structlog

from bridge.dialout.order import Order, order, worth_until
from bridge.dialout.ports import Asker, FateUnknown, Memory, NotNow, NotSent, Place
from bridge.domain.call_events import CallEvent, CallStarted
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.causes import Cause
from bridge.domain.commands import Verdict
from bridge.domain.pbx_events import ChannelEnded, PbxEvent
from bridge.domain.ports import Counters
from bridge.domain.record import Direction
from bridge.outbox.ports import Clock, StoreUnavailable

MOST_WAITING: Final = 1000
ABREAST: Final = 100  # phones that ring at once on behalf of clicks
# The dialplan may speak to the agent before it calls the client.
_CALLED_WITHIN: Final = timedelta(minutes=1)
# Asterisk tells of the channel's end before it answers Originate; we may read it a moment later.
_HUNG_UP_WITHIN: Final = timedelta(seconds=1)
# A phone rings for two minutes at most before the client is called.
_MAY_BEGIN: Final = timedelta(minutes=3)
_TELL_WITHIN: Final = 60.0  # seconds for a CRM to take the answer

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


class _LeftAlone(Exception):
    """Nothing was done: another has this request, or it waits on for a PBX."""


@dataclass(slots=True, eq=False)
class _Expected:
    """An order that was sent, whose call has not begun. `client` is E.164."""

    destination: str
    request: str
    handle: str | None
    client: str
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # the agent's own channel
    cause: int | None = None  # of that end


class Dialout:
    """`submit` and `tell` return at once; `run` does the work. `places` in the order in which they
    are asked for the agent's phone. Callback forms come by `take`, out of Forms."""

    def __init__(
        self,
        places: Sequence[Place],
        memory: Memory,
        *,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._places = tuple(places)
        self._memory = memory
        self._clock = clock
        self._counters = counters
        self._waiting: asyncio.Queue[tuple[Asker, CallRequest]] = asyncio.Queue(MOST_WAITING)
        self._begun: asyncio.Queue[_Begun | None] = asyncio.Queue()
        self._expected: dict[str, _Expected] = {}
        self._room = asyncio.Semaphore(ABREAST)
        self._stopping = asyncio.Event()

    @property
    def is_live(self) -> bool:
        """Whether a PBX would make a call now; never where another daemon follows them all."""
        return any(place.is_live() for place in self._places)

    def submit(self, asker: Asker, request: CallRequest) -> None:
        """Have it called; what comes to nothing is told to the asker."""
        try:
            self._waiting.put_nowait((asker, request))
        except asyncio.QueueFull:
            self._count(asker, "full")

    def refusal(self, asker: Asker, request: CallRequest) -> Unfulfilled | None:
        """Why this request would come to nothing, as far as that is known beforehand."""
        made = self._order(asker, request, "")
        return made if isinstance(made, Unfulfilled) else None

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
            self._expected[kept.order] = _Expected(
                kept.destination, kept.id, kept.handle, kept.client
            )

    def stop(self) -> None:
        """Take nothing more; `run` returns, and phones that ring are left to ring."""
        self._stopping.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_begun())
            working = group.create_task(self._take_each())
            await self._stopping.wait()
            working.cancel()
            self._begun.put_nowait(None)

    async def _take_each(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                asker, request = await self._waiting.get()
                group.create_task(self.take(asker, request))

    async def _keep_begun(self) -> None:
        """Each at once: before its call can be over in the store."""
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

    async def take(self, asker: Asker, request: CallRequest) -> bool:
        """One request from beginning to end, and whether it came to one. A fault of ours costs this
        one alone. A form that comes to nothing is kept as untold."""
        try:
            async with self._room:
                why = await self._take(asker, request)
            if why is not None:
                self._count(asker, why)
            if request.kind is RequestKind.CALLBACK:
                now = self._clock.now()
                await self._memory.settle_form(asker.name, request.id, why, now=now)
            elif why is not None:
                await told(asker, request, why)
            return True
        except _LeftAlone:
            pass
        except StoreUnavailable as error:
            # What is not kept could be dialled twice.
            log.error("click.store_away", destination=asker.name, error=str(error))
            self._count(asker, "store_away")
        except Exception:
            log.exception("click.our_mistake", destination=asker.name)
            self._count(asker, "fault")
        return False

    async def _take(self, asker: Asker, request: CallRequest) -> Unfulfilled | None:
        id, now = f"click-{token_hex(8)}", self._clock.now()
        made = self._order(asker, request, id)
        if made is Unfulfilled.PBX_AWAY and request.kind is RequestKind.CLICK:
            return made  # not kept: another daemon may have what this one has not
        if made is Unfulfilled.PBX_AWAY and not self._is_late(asker, request):
            raise _LeftAlone
        client = made.client if isinstance(made, Order) else ""
        if not await self._memory.requested(asker.name, request, id, client, now=now):
            self._count(asker, "again")
            raise _LeftAlone
        if made is not Unfulfilled.PBX_AWAY and self._is_late(asker, request):
            return Unfulfilled.TOO_LATE
        return made if isinstance(made, Unfulfilled) else await self._dial(asker, request, made)

    def _is_late(self, asker: Asker, request: CallRequest) -> bool:
        return self._clock.now() > worth_until(request, asker.settings)

    def _order(self, asker: Asker, request: CallRequest, id: str) -> Order | Unfulfilled:
        """For the first PBX that answers and has a phone for it."""
        why = Unfulfilled.PBX_AWAY
        for place in filter(lambda place: place.is_live(), self._places):
            made = order(
                request,
                id,
                pbx=place.name,
                users=asker.users(),
                directory=place.directory(),
                region=place.region(),
                settings=place.settings,
            )
            if isinstance(made, Order):
                return made
            why = made
        return why

    async def _dial(self, asker: Asker, request: CallRequest, made: Order) -> Unfulfilled | None:
        expected = _Expected(asker.name, request.id, request.handle, made.client)
        self._expected[made.id] = expected
        if request.kind is RequestKind.CALLBACK:
            asker.answering(request)
        place = next(place for place in self._places if place.name == made.pbx)
        log.info(
            "click.dialling",
            pbx=made.pbx,
            channel=made.channel,
            order=made.id,
            request=request.id,
        )
        try:
            if (why := await place.originate(made)) is None:
                why = await self._unless_called(expected, _CALLED_WITHIN, Unfulfilled.BAD_NUMBER)
            elif why is Unfulfilled.AGENT_UNAVAILABLE:
                why = await self._unless_declined(expected, why)
        except NotSent as error:
            log.warning("click.not_dialled", pbx=made.pbx, error=str(error))
            if isinstance(error, NotNow) and request.kind is RequestKind.CALLBACK:
                await self._memory.put_back(asker.name, request.id, now=self._clock.now())
                raise _LeftAlone from error
            why = Unfulfilled.PBX_AWAY
        except FateUnknown as error:
            log.warning("click.fate_unknown", pbx=made.pbx, error=str(error))
            within = _CALLED_WITHIN + timedelta(seconds=made.timeout)
            why = await self._unless_called(expected, within, Unfulfilled.UNKNOWN)
        finally:
            self._expected.pop(made.id, None)
        if why is None:
            self._count(asker, "called")
        return why

    async def _unless_called(
        self, expected: _Expected, within: timedelta, why: Unfulfilled
    ) -> Unfulfilled | None:
        """`why`, unless the client's call begins in this time."""
        await self._clock.wait(expected.begun, self._clock.now() + within)
        return None if expected.begun.is_set() else why

    async def _unless_declined(self, expected: _Expected, why: Unfulfilled) -> Unfulfilled:
        """A phone that is not there has no channel, and so no cause of its end."""
        await self._clock.wait(expected.ended, self._clock.now() + _HUNG_UP_WITHIN)
        return Unfulfilled.AGENT_DECLINED if expected.cause == Cause.REJECTED else why

    def _count(self, asker: Asker, outcome: str) -> None:
        self._counters.count("click_requests", destination=asker.name, outcome=outcome)


async def told(asker: Asker, request: CallRequest, why: Unfulfilled) -> bool:
    """Tell whoever asked. Whether it was heard."""
    try:
        async with asyncio.timeout(_TELL_WITHIN):
            outcome = await asker.unfulfilled(request, why)
    except Exception as error:
        detail = type(error).__name__
    else:
        detail = "" if outcome.verdict is Verdict.ACCEPTED else outcome.detail or outcome.verdict
    log.info(
        "click.unfulfilled",
        destination=asker.name,
        kind=request.kind,
        why=why,
        not_told=detail or None,
    )
    return not detail
