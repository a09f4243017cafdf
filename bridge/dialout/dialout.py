"""Dialout: takes requests for calls, has each dialled at most once, and tells who asked why not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from secrets import token_hex
from typing import Final

import structlog

from bridge.dialout.expecting import Expected, Expecting
from bridge.dialout.order import Order, order, worth_until
from bridge.dialout.ports import Asker, FateUnknown, Memory, NotNow, NotSent, Place
from bridge.domain.call_requests import CallRequest, RequestKind, Unfulfilled
from bridge.domain.commands import Verdict
from bridge.domain.counters import Counters
from bridge.outbox.ports import Clock, StoreUnavailable

MOST_WAITING: Final = 1000
ABREAST: Final = 100  # phones that ring at once on behalf of clicks
_TELL_WITHIN: Final = 60.0  # seconds for a CRM to take the answer

log = structlog.get_logger(__name__)


class _LeftAlone(Exception):
    """Nothing was done: another has this request, or it waits on for a PBX."""


class Dialout:
    """`submit` returns at once; `run` does the work, and that of `expecting`. `places` in the order
    in which they are asked for the agent's phone. Callback forms come by `take`, out of Forms."""

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
        self.expecting = Expecting(memory, clock)
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

    def stop(self) -> None:
        """Take nothing more; `run` returns, and phones that ring are left to ring."""
        self._stopping.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.expecting.run())
            working = group.create_task(self._take_each())
            await self._stopping.wait()
            working.cancel()
            self.expecting.stop()

    async def _take_each(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                asker, request = await self._waiting.get()
                group.create_task(self.take(asker, request))

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
        expected = Expected(asker.name, request.id, request.handle, made.client)
        if request.kind is RequestKind.CALLBACK:
            asker.answering(request)
        with self.expecting.call_of(made.id, expected):
            why = await self._originate(asker, request, made, expected)
        if why is None:
            self._count(asker, "called")
        return why

    async def _originate(
        self, asker: Asker, request: CallRequest, made: Order, expected: Expected
    ) -> Unfulfilled | None:
        place = next(place for place in self._places if place.name == made.pbx)
        log.info(
            "click.dialling",
            pbx=made.pbx,
            channel=made.channel,
            order=made.id,
            request=request.id,
        )
        try:
            why = await place.originate(made)
        except NotSent as error:
            log.warning("click.not_dialled", pbx=made.pbx, error=str(error))
            if isinstance(error, NotNow) and request.kind is RequestKind.CALLBACK:
                await self._memory.put_back(asker.name, request.id, now=self._clock.now())
                raise _LeftAlone from error
            return Unfulfilled.PBX_AWAY
        except FateUnknown as error:
            log.warning("click.fate_unknown", pbx=made.pbx, error=str(error))
            return await self.expecting.unless_called(expected, Unfulfilled.UNKNOWN, made.timeout)
        if why is None:
            return await self.expecting.unless_called(expected, Unfulfilled.BAD_NUMBER)
        if why is Unfulfilled.AGENT_UNAVAILABLE:
            return await self.expecting.unless_declined(expected, why)
        return why

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
