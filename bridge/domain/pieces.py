"""Bytes that come in pieces, as a network brings them."""

from __future__ import annotations

from typing import Protocol


class Stream(Protocol):
    """As much of an asyncio or aiohttp reader as is needed here."""

    async def read(self, n: int = -1, /) -> bytes:
        """What has come, at most `n` bytes of it; nothing at the end."""
        ...


async def beginning(stream: Stream, size: int) -> bytes:
    """The first `size` bytes, fewer where it ends before. Raises what `read` raises."""
    parts, left = list[bytes](), size
    while left > 0 and (part := await stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


async def beginning_or_nothing(stream: Stream, size: int) -> bytes:
    """As `beginning`, of the body of an answer whose status has come, and decides: what breaks off
    behind it, in whatever way, is left."""
    try:
        return await beginning(stream, size)
    except Exception:
        return b""
