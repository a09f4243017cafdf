"""Known numbers: in the whole index, fresh in the cache, in half an index, stale in the cache, in
the CRM."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from time import time
from typing import Protocol

import structlog

from bridge.cache.answers import Answer, State, state
from bridge.cache.inflight import InFlight
from bridge.cache.packed import Matches
from bridge.cache.settings import CacheSettings
from bridge.cache.shelves import Shelf
from bridge.domain.counters import Counters
from bridge.domain.entities import Match
from bridge.domain.ports import CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.domain.routes import NotAtHand

log = structlog.get_logger(__name__)


class Index(Protocol):
    """Every phone that the CRM has, once it is `whole`."""

    whole: bool

    def matches(self, number: str) -> Matches | None:
        """Empty when the CRM does not have it; None while the index cannot tell yet."""
        ...


class KnownNumbers:
    """Of one CRM. `ask` is its lookup; `now` gives unix seconds."""

    def __init__(
        self,
        name: str,
        ask: Callable[[str], Awaitable[list[Match]]],
        shelf: Shelf,
        settings: CacheSettings,
        counters: Counters,
        *,
        index: Index | None = None,
        now: Callable[[], float] = time,
    ) -> None:
        self._name = name
        self._ask = ask
        self._shelf = shelf
        self._settings = settings
        self._counters = counters
        self._index = index
        self._now = now
        self._asking: InFlight[Matches | None] = InFlight(self._learned)

    def at_hand(self, number: str) -> Matches:
        """As `matches`. Raises NotAtHand where Redis or the CRM has to be waited for."""
        if (found := self._indexed(number)) is not None:
            return found
        return self._judged(number, self._shelf.at_hand(self._key(number)))

    async def matches(self, number: str, within: float) -> Matches | None:
        """What the CRM has of this number (E.164), as far as is known; None when nothing can tell.

        Raises TimeoutError when the CRM does not tell `within` seconds. The question to it goes on
        for the next one who asks, also when this one is cancelled.
        """
        until = asyncio.get_running_loop().time() + within
        if (found := self._indexed(number)) is not None:
            return found
        data = await self._shelf.get(self._key(number))
        try:
            return self._judged(number, data)
        except NotAtHand:
            self._count("gone")
        return await self._asking.answer(number, until)

    async def close(self) -> None:
        """Nobody waits for an answer any more."""
        await self._asking.close()

    def _indexed(self, number: str) -> Matches | None:
        """What an index says that has every phone: nothing that is kept is newer."""
        if self._index is None or not self._index.whole:
            return None
        self._count("index")
        return self._index.matches(number)

    def _judged(self, number: str, data: bytes | None) -> Matches:
        """The answer, by what is kept. Raises NotAtHand where the CRM has to be asked."""
        answer = _read(data)
        seen = state(answer, number, self._now(), self._settings) if answer else State.GONE
        if answer is not None and seen is State.FRESH:
            self._count("fresh")
            return answer.matches
        if self._index is not None:
            found = self._index.matches(number)
            if found is not None:
                self._count("index")
                return found
        if answer is None or seen is State.GONE:
            raise NotAtHand
        self._asking.begin(number)
        self._count("stale")
        return answer.matches

    def _count(self, state: str) -> None:
        self._counters.count("cache_answers", crm=self._name, state=state)

    async def _learned(self, number: str) -> Matches | None:
        """A CRM that cannot tell changes nothing of what is kept."""
        try:
            matches = tuple(await self._ask(number))
        except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
            self._counters.count("cache_unanswered", crm=self._name)
            log.warning("cache.crm_silent", crm=self._name, why=str(error))
            return None
        except Exception:
            self._counters.count("cache_unanswered", crm=self._name)
            log.exception("cache.fault", crm=self._name, act="report the traceback")
            return None
        answer = Answer(self._now(), matches)
        seconds = self._settings.stale.total_seconds()
        await self._shelf.put(self._key(number), answer.to_bytes(), seconds)
        return matches

    def _key(self, number: str) -> str:
        return f"{self._name}:{number}"


@lru_cache(maxsize=4096)
def _read(data: bytes | None) -> Answer | None:
    """None, too, for what another version kept. One call asks more than once: its card, its way."""
    if data is None:
        return None
    try:
        return Answer.from_bytes(data)
    except ValueError:
        return None
