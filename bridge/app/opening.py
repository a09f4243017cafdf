"""Opening the door to the dialplan: last, once the daemon has come to rest after its start.

Whoever came sooner would wait for what the start still has to do. Until the door is open Asterisk
is refused at once, and that costs a call nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from bridge.observe.health import Health

_PART: Final = "agi"
_WITHIN: Final = 2.0  # seconds, after which the door is opened come what may
_STEP: Final = 0.01  # seconds between two looks
_LATE: Final = 0.005  # seconds that the loop may come round late when it is at rest
_IN_A_ROW: Final = 10  # looks

log = structlog.get_logger(__name__)


class Opening:
    """`try_out` makes one decision, so that what is done but once is done by then. A daemon that is
    `stopping` opens nothing any more."""

    def __init__(
        self,
        open_: Callable[[], Awaitable[object]],
        try_out: Callable[[], Awaitable[None]],
        health: Health,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._open = open_
        self._try_out = try_out
        self._health = health
        self._stopping = stopping
        health.expect(_PART)

    async def run(self) -> None:
        """Returns once it is open."""
        clock = asyncio.get_running_loop().time
        began = clock()
        with suppress(TimeoutError):
            async with asyncio.timeout(_WITHIN):
                await self._try_out()
        rested = await at_rest(began + _WITHIN - clock(), self._stopping)
        if self._stopping():
            return
        await self._open()
        self._health.report(_PART, "open", ready=True)
        seconds = round(clock() - began, 3)
        log.info("agi.open", after=seconds, rested=rested)


async def at_rest(within: float, stopping: Callable[[], bool] = lambda: False) -> bool:
    """Wait until the loop has come round in time for a while; False when it had not `within`
    seconds, or is to stop."""
    clock = asyncio.get_running_loop().time
    until, calm = clock() + within, 0
    while calm < _IN_A_ROW and clock() < until and not stopping():
        began = clock()
        await asyncio.sleep(_STEP)
        calm = calm + 1 if clock() - began < _STEP + _LATE else 0
    return calm == _IN_A_ROW
