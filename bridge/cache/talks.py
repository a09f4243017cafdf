"""Who talked with a client last: our own calls at once, other daemons' within a minute."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from math import inf
from time import monotonic
from typing import Final

import structlog

from bridge.cache.inflight import InFlight
from bridge.domain.record import CallRecord, Disposition
from bridge.domain.routes import NotAtHand
from bridge.routing.case import Talked

_FRESH: Final = 60.0  # seconds: a call that another daemon stored is found by then
_MOST: Final = 100_000
_NEVER: Final = (-inf, None)

log = structlog.get_logger(__name__)


class RecentTalks:
    """`ask` looks into the store. Nobody waits for it longer than `within` seconds: then what was
    known before counts."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Talked | None]],
        within: float,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._ask = ask
        self._within = within
        self._now = now
        self._kept: OrderedDict[str, tuple[float, Talked | None]] = OrderedDict()
        self._asking: InFlight[Talked | None] = InFlight(self._learned)

    def at_hand(self, number: str) -> Talked | None:
        """As `with_client`. Raises NotAtHand where the store has to be waited for."""
        learned_at, talked = self._kept.get(number, _NEVER)
        if self._now() - learned_at < _FRESH:
            return talked
        raise NotAtHand

    async def with_client(self, number: str) -> Talked | None:
        """The last talk with this number (E.164), as far as is known in time."""
        try:
            return self.at_hand(number)
        except NotAtHand:
            until = asyncio.get_running_loop().time() + self._within
        try:
            return await self._asking.answer(number, until)
        except TimeoutError:
            return self._kept.get(number, _NEVER)[1]

    def take(self, record: CallRecord) -> None:
        """A call that has just been stored."""
        talk = record.responsible if record.disposition is Disposition.ANSWERED else None
        sure = talk and not talk.startswith("+") and not record.needs_review
        if record.client.number and talk and record.ended_at and sure:
            self._keep(record.client.number, Talked(extension=talk, at=record.ended_at))

    def forget(self) -> None:
        """Ask anew: the configuration has changed."""
        self._kept.clear()

    async def close(self) -> None:
        await self._asking.close()

    async def _learned(self, number: str) -> Talked | None:
        """A store that is away is asked again by the next call."""
        try:
            talked = await self._ask(number)
        except Exception as error:
            log.warning("talks.not_read", error=f"{type(error).__name__}: {error}")
            return self._kept.get(number, _NEVER)[1]
        self._keep(number, talked)
        return talked

    def _keep(self, number: str, talked: Talked | None) -> None:
        self._kept[number] = (self._now(), talked)
        self._kept.move_to_end(number)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
