"""Faults of a server that a description is tried against, as a middleware before its handlers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.crm.contract.harness import Fault

_SAID: Final[dict[Fault, Callable[[], web.Response]]] = {
    Fault.BROKEN: lambda: web.Response(status=503),
    Fault.QUOTA: lambda: web.Response(status=429, headers={"Retry-After": "7"}),
    Fault.LOGIN: lambda: web.Response(status=401),
}


class Faults:
    """`spared` is answered as ever while the server is slow: what is asked before a write."""

    def __init__(self, spared: Callable[[web.Request], bool] = lambda request: False) -> None:
        self._fault: Fault | None = None
        self._over = asyncio.Event()
        self._spared = spared

    @asynccontextmanager
    async def during(self, fault: Fault) -> AsyncIterator[None]:
        self._fault = fault
        self._over.clear()
        yield
        self._fault = None
        self._over.set()

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def failing(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self._fault is None:
                return await handler(request)
            if self._fault is not Fault.SLOW:
                return _SAID[self._fault]()
            if self._spared(request):
                return await handler(request)
            answer = await handler(request)  # it is done, and its answer is lost
            await self._over.wait()
            return answer

        return failing
