"""Forms: callback forms wait in the store until a PBX can call, as long as they are worth it.

A form is kept before the CRM hears that we have it, and is dialled at most once: what was or may
have been dialled is never dialled again, by this process or another. One that comes to nothing is
told for as long as a day, until the CRM takes the word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import structlog

from bridge.dialout.dialout import MOST_WAITING, Dialout, told
from bridge.dialout.order import worth_until
from bridge.dialout.ports import Asker, Form, FormState, Memory
from bridge.domain.call_requests import CallRequest, Unfulfilled
from bridge.outbox.ports import Clock, StoreUnavailable

_OFTEN: Final = timedelta(seconds=1)  # while any waits
_SELDOM: Final = timedelta(seconds=15)  # another daemon may have kept one
_STORE_AWAY: Final = timedelta(seconds=2)
# Whoever dials knows within this time what came of it: ordered for longer, its dialler is dead.
_DEAD: Final = timedelta(minutes=5)
_TELL_AGAIN: Final = timedelta(minutes=1)
_TELL_FOR: Final = timedelta(days=1)

log = structlog.get_logger(__name__)

Key = tuple[str, str]


class Forms:
    """`askers` by their names. `keep` and `run` of one loop; forms of others are left alone."""

    def __init__(
        self, askers: Mapping[str, Asker], dialout: Dialout, memory: Memory, clock: Clock
    ) -> None:
        self._askers = askers
        self._dialout = dialout
        self._memory = memory
        self._clock = clock
        self._incoming: list[tuple[str, CallRequest, asyncio.Future[None]]] = []
        self._in_hand: dict[Key, asyncio.Task[None]] = {}
        self._something = asyncio.Event()
        self._stopping = asyncio.Event()

    def keep(self, asker: Asker, request: CallRequest) -> asyncio.Future[None]:
        """Done once the form is in the store; a store that is away is tried again."""
        kept = asyncio.get_running_loop().create_future()
        self._incoming.append((asker.name, request, kept))
        self._something.set()
        return kept

    def stop(self) -> None:
        """`run` returns; what waits is in the store."""
        self._stopping.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            working = group.create_task(self._work(group))
            await self._stopping.wait()
            for task in (working, *self._in_hand.values()):
                task.cancel()
        with suppress(StoreUnavailable):
            await self._store()

    async def _work(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._something.clear()
            again = await self._look(group)
            await self._clock.wait(self._something, self._clock.now() + again)

    async def _look(self, group: asyncio.TaskGroup) -> timedelta:
        """Once around; when to look again."""
        try:
            await self._store()
            forms = await self._memory.forms(MOST_WAITING)
        except StoreUnavailable as error:
            log.error("form.store_away", waiting=len(self._incoming), error=str(error))
            return _STORE_AWAY
        ours = [form for form in forms if form.destination in self._askers]
        for form in ours:
            self._begin(form, group)
        return _OFTEN if ours else _SELDOM

    async def _store(self) -> None:
        while self._incoming:
            name, request, kept = self._incoming[0]
            try:
                await self._memory.wait(name, request, now=self._clock.now())
            except StoreUnavailable:
                raise
            except Exception:  # one that cannot be kept must not hold up all others
                log.exception("form.our_mistake", destination=name)
            del self._incoming[0]
            if not kept.done():
                kept.set_result(None)

    def _begin(self, form: Form, group: asyncio.TaskGroup) -> None:
        key = form.destination, form.request.id
        work = None if key in self._in_hand else self._what(form)
        if work is not None:
            task = self._in_hand[key] = group.create_task(work)
            task.add_done_callback(lambda _: self._in_hand.pop(key, None))

    def _what(self, form: Form) -> Coroutine[Any, Any, None] | None:
        """What is to be done about it now."""
        asker, now = self._askers[form.destination], self._clock.now()
        match form.state:
            case FormState.WAITING if self._dialout.is_live or now > worth_until(
                form.request, asker.settings
            ):
                return self._dial(asker, form)
            case FormState.ORDERED if now - form.changed_at > _DEAD:
                return self._tell(asker, form, Unfulfilled.UNKNOWN)
            case FormState.UNTOLD:
                return self._tell(asker, form, form.why or Unfulfilled.UNKNOWN)
        return None

    async def _dial(self, asker: Asker, form: Form) -> None:
        if await self._dialout.take(asker, form.request):
            self._something.set()  # there may be somebody to tell

    async def _tell(self, asker: Asker, form: Form, why: Unfulfilled) -> None:
        now = self._clock.now()
        heard = await told(asker, form.request, why)
        if not heard and now - form.request.asked_at < _TELL_FOR:
            await self._clock.wait(asyncio.Event(), now + _TELL_AGAIN)
            return
        try:
            await self._memory.settle_form(form.destination, form.request.id, None, now=now)
        except StoreUnavailable as error:  # it is told again, which says the same
            log.error("form.store_away", error=str(error))
