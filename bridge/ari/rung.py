"""Channels that we have made, until they are taken up or end: told by events, never asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from bridge.ari.message import Message, body, part, word
from bridge.link.damage import Malformed
from bridge.link.errors import LinkDown

_KINDS: Final = frozenset({"ChannelStateChange", "ChannelDestroyed"})

Ended = asyncio.Future[int | None]
"""None once it was taken up, the cause when it ended before. Raises LinkDown when nothing is heard
any more."""


class Rung:
    """Of one link."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Ended, bool]] = {}

    def until_up(self, channel: str) -> _Waiting:
        """Until it was taken up, or ended."""
        return self._wait(channel, up=True)

    def until_ended(self, channel: str) -> _Waiting:
        """Until it ended."""
        return self._wait(channel, up=False)

    def hear(self, message: Message) -> None:
        """One event; returns at once, and raises nothing."""
        if not self._waiting or message.kind not in _KINDS:
            return
        try:
            event = body(message.text)
        except Malformed:
            return
        channel = part(event, "channel")
        ended, up = self._waiting.get(word(channel, "id"), (None, False))
        if ended is None or ended.done():
            return
        if message.kind == "ChannelDestroyed":
            cause = event.get("cause")
            ended.set_result(cause if isinstance(cause, int) else 0)
        elif up and word(channel, "state") == "Up":
            ended.set_result(None)

    def lost(self) -> None:
        """The connection is gone: what becomes of them is not told."""
        for ended, _ in self._waiting.values():
            if not ended.done():
                ended.set_exception(LinkDown("the link was lost meanwhile", sent=True))

    @contextmanager
    def _wait(self, channel: str, *, up: bool) -> Iterator[Ended]:
        ended: Ended = asyncio.get_running_loop().create_future()
        self._waiting[channel] = ended, up
        try:
            yield ended
        finally:
            del self._waiting[channel]
            ended.cancel()


_Waiting = AbstractContextManager[Ended]
