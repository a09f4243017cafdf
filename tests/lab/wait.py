"""Waiting for a fact: woken by what happens, never by a clock."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

_ASK_EVERY: Final = 0.05  # seconds

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


async def until(
    look: Callable[[], Awaitable[Found | None]], what: str, within: float = 30.0
) -> Found:
    """What `look` finds of another process, asked again and again. Raises NotInTime."""
    try:
        async with asyncio.timeout(within):
            while not (found := await look()):  # noqa: ASYNC110  # it cannot wake us
                await asyncio.sleep(_ASK_EVERY)
    except TimeoutError:
        raise NotInTime(f"{within:.0f} s passed without {what}") from None
    return found
