"""A line: one connection of Asterisk's. What came on it, and until when it may do what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

MOST_BYTES: Final = 16 * 1024  # of a handshake, and of a line


class Over(Exception):
    """The caller hung up or the connection ended: nobody is there any more."""


class Unreadable(Exception):
    """What came is no reply of Asterisk's."""


class Line(asyncio.Protocol):
    """The reader and the writer of panoramisk's Request in one.

    `hear` is called whenever something has come, the end too. Past `due` (the loop's time) the
    server cuts the line off: one look at all of them now and then costs less than a timer for each
    step. Nothing waits until it is written: a command is short, and its reply is read before the
    next.
    """

    def __init__(self, began: Callable[[Line], None], hear: Callable[[Line], None]) -> None:
        self.hear = hear
        self.due = 0.0
        self.late = self.over = self.overfull = False
        self.came = b""
        self.transport: asyncio.Transport
        self._began = began
        self._more: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass of it
        self._began(self)

    def data_received(self, data: bytes) -> None:
        self.came = self.came + data if self.came else data
        if len(self.came) > MOST_BYTES:
            self.overfull = True
            self.transport.pause_reading()
        self.hear(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.over = True
        self.hear(self)

    def taken(self, mark: bytes) -> bytes | None:
        """What came before this mark; it is not kept. None while the mark has not come."""
        head, found, rest = self.came.partition(mark)
        if not found:
            return None
        self.came = rest
        return head

    async def readline(self) -> bytes:
        """The next line, without its end. Raises Over or Unreadable."""
        while (line := self.taken(b"\n")) is None:
            if self.overfull:
                raise Unreadable("a line without an end")
            if self.over:
                raise Over("the connection ended")
            self._more = asyncio.get_running_loop().create_future()
            self.hear = Line._wake
            await self._more
        return line

    def write(self, data: bytes) -> None:
        """Raises Over."""
        if self.over:
            raise Over("the connection ended")
        self.transport.write(data)

    def cut_off(self) -> None:
        """Its time is over: whoever reads from it finds the connection ended."""
        self.late = True
        self.transport.abort()

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)
