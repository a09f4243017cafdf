"""Keeping the raw AMI stream in a file: stamped, masked if asked, never in the reader's way.

The stream is kept as it comes, the answers to our own actions too, with one change: an event
without a `Timestamp` gets the time at which it arrived. Where a link was lost the next one's
banner stands in the stream, so that `replay` tells of the gap by its offset.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import BinaryIO, Final

from bridge.ami.codec import BANNER, END
from bridge.ami.mask import Mask

_LONGEST: Final = 256 * 1024
_HEAD: Final = re.compile(rb"Event: [^\r\n]*\r\n(?:Privilege: [^\r\n]*\r\n)?")
Changed = Callable[[bytes], bytes]


class Cutter:
    """Cuts the stream into whole messages and changes each. What a lost link left unfinished is
    dropped; a message past a bound is passed on in pieces, of whole lines."""

    def __init__(self, change: Changed, end: bytes = END) -> None:
        self._change = change
        self._end = end
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """The changed messages that are complete by now."""
        if data.startswith(BANNER):
            self._held = b""
        *messages, self._held = (self._held + data).split(self._end)
        whole = b"".join(self._change(one + self._end) for one in messages)
        return whole + self._lines() if len(self._held) > _LONGEST else whole

    def _lines(self) -> bytes:
        """The whole lines of what is held, changed; but for an end of line that may be the first
        half of the message's. A single line goes as it is."""
        lines = self._held.rfind(b"\n", 0, -2) + 1 or len(self._held)
        held, self._held = self._held[:lines], self._held[lines:]
        return self._change(held)

    def rest(self) -> bytes:
        """What is left without an end, changed."""
        held, self._held = self._held, b""
        return self._change(held) if held else b""


def stamped(message: bytes, now: float) -> bytes:
    """The message with a Timestamp (seconds since 1970) if it is an event that has none."""
    head = _HEAD.search(message) if message.startswith((b"Event: ", BANNER)) else None
    if head is None or b"\r\nTimestamp: " in message:
        return message
    return message[: head.end()] + b"Timestamp: %.6f\r\n" % now + message[head.end() :]


def masked(message: bytes, mask: Mask) -> bytes:
    """Bytes that are not UTF-8 come through as they are, where they are no name or number."""
    return mask.message(message.decode("utf-8", "surrogateescape")).encode(
        "utf-8", "surrogateescape"
    )


class Spool:
    """Bytes between the reader and a slow disk, bounded."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._waiting = bytearray()
        self._writing = 0
        self._closed = False
        self._filled = asyncio.Event()
        self.written = 0

    def put(self, data: bytes) -> bool:
        """False when the bound is passed: the data was not kept."""
        if len(self._waiting) + self._writing + len(data) > self._max_bytes:
            return False
        self._waiting += data
        self._filled.set()
        return True

    def close(self) -> None:
        self._closed = True
        self._filled.set()

    async def write_to(self, file: BinaryIO) -> None:
        """Write until closed and empty. Raises OSError when the disk refuses."""
        while self._waiting or not self._closed:
            await self._filled.wait()
            self._filled.clear()
            data, self._waiting = bytes(self._waiting), bytearray()
            self._writing = len(data)
            await asyncio.to_thread(_write, file, data)
            self.written += self._writing
            self._writing = 0


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
