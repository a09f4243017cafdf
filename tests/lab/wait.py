"""Waiting for a fact: woken by what happens, never by a clock."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class NotInTime(AssertionError):
    """What a scenario waited for did not happen; the text says what was seen instead."""


class Changes:
    """Wakes whoever waits whenever something has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def happened(self) -> None:
        """Let everyone who waits look again."""
        waiting, self._waiting = self._waiting, set()
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def until(
        self, look: Callable[[], Found | None], within: float, saying: Callable[[], str]
    ) -> Found:
        """What `look` finds, as soon as it finds something true.

        Raises NotInTime with `saying()` after `within` seconds.
        """
        try:
            async with asyncio.timeout(within):
                while not (found := look()):
                    one = asyncio.get_running_loop().create_future()
                    self._waiting.add(one)
                    await one
        except TimeoutError:
            raise NotInTime(saying()) from None
        return found
