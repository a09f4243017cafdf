"""Polling: the requests for calls that one CRM holds ready for us, asked for until the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from bridge.dialout.dialout import Dialout
from bridge.dialout.forms import Forms
from bridge.dialout.ports import Asker
from bridge.domain.call_requests import RequestKind
from bridge.domain.ports import CallRequester, CrmNeedsLogin, CrmRefused, CrmUnavailable
from bridge.outbox.ports import Clock

_LOOK_AGAIN: Final = timedelta(seconds=1)
# What went wrong -> when to begin anew.
_AGAIN: Final = {
    CrmUnavailable: timedelta(seconds=10),
    CrmNeedsLogin: timedelta(minutes=5),
    CrmRefused: timedelta(minutes=15),
}

log = structlog.get_logger(__name__)


class Polling:
    """`run` until `stop`; each request goes to `dialout`. Nothing is taken from the CRM before a
    PBX is there: another daemon may have it. The next is not asked for before a form is kept."""

    def __init__(
        self,
        asker: Asker,
        requester: CallRequester,
        dialout: Dialout,
        forms: Forms,
        clock: Clock,
    ) -> None:
        self._asker = asker
        self._requester = requester
        self._dialout = dialout
        self._forms = forms
        self._clock = clock
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(self._ask())
            await self._stopping.wait()
            asking.cancel()

    async def _ask(self) -> None:
        while True:
            if not self._dialout.is_live:
                await self._clock.wait(self._stopping, self._clock.now() + _LOOK_AGAIN)
                continue
            try:
                async for request in self._requester.requests():
                    if request.kind is RequestKind.CALLBACK:
                        await self._forms.keep(self._asker, request)
                    else:
                        self._dialout.submit(self._asker, request)
                wait = _AGAIN[CrmUnavailable]
            except (CrmUnavailable, CrmNeedsLogin, CrmRefused) as error:
                wait = _wait(error)
                log.warning("click.not_asked", destination=self._asker.name, error=str(error))
            await self._clock.wait(self._stopping, self._clock.now() + wait)


def _wait(error: CrmUnavailable | CrmNeedsLogin | CrmRefused) -> timedelta:
    named = error.retry_after if isinstance(error, CrmUnavailable) else None
    return timedelta(seconds=named) if named else _AGAIN[type(error)]
