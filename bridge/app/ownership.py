"""Who follows a PBX, where several daemons share a store: one of them, and the others stand by."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from bridge.observe.health import Health
from bridge.outbox.ports import StoreUnavailable

_LOOK_EVERY: Final = 2.0  # seconds

log = structlog.get_logger(__name__)


class Link(Protocol):
    pbx: str
    kind: str

    async def run(self) -> None: ...
    def close(self) -> None: ...


class Ownership:
    """Of one PBX. Its link runs while no other daemon has it: the first to ask has, and the next
    one when that one is dead.

    `hold` claims the name or asserts the claim; `gained` is awaited when we take a PBX over;
    `lost` is told when another daemon has taken it while the store was away from us.
    """

    def __init__(
        self,
        link: Link,
        hold: Callable[[str], Awaitable[bool]],
        health: Health,
        *,
        gained: Callable[[], Awaitable[None]],
        lost: Callable[[], None],
    ) -> None:
        self._link = link
        self._hold = hold
        self._health = health
        self._gained = gained
        self._lost = lost
        self._stood_by = False  # and `gained` has not been through since
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """`run` returns soon."""
        self._stopping.set()
        self._link.close()

    async def run(self) -> None:
        """Until `stop`, or until another daemon has the PBX. Raises what `gained` raises; the next
        run awaits it again."""
        part = f"{self._link.kind} {self._link.pbx}"
        while (ours := await self._ask()) is not True:
            self._stood_by = True
            if ours is False:
                self._health.report(part, "standby", ready=True)
            await self._pause()
            if self._stopping.is_set():
                return
        if self._stood_by:
            await self._gained()
            self._stood_by = False
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch())
            await self._link.run()
            watching.cancel()

    async def _watch(self) -> None:
        """While the store is away nobody can take the PBX from us; when it is back we must ask."""
        while await self._ask() is not False:
            await self._pause()
            if self._stopping.is_set():
                return
        log.error(
            "pbx.taken_over",
            pbx=self._link.pbx,
            act="nothing: another daemon follows it, and this one starts again to stand by",
        )
        self._lost()
        self._link.close()

    async def _ask(self) -> bool | None:
        """None: the store cannot say."""
        try:
            return await self._hold(f"pbx {self._link.pbx}")
        except StoreUnavailable:
            return None

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY):
                await self._stopping.wait()
        except TimeoutError:
            return
