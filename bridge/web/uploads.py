"""A recording that a program sends us, kept as a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final
from uuid import uuid4

from aiohttp import web

SUFFIXES: Final = {"audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/ogg": ".opus"}
_LARGEST: Final = 200 * 1024 * 1024  # bytes
_CHUNK: Final = 64 * 1024


async def save(request: web.Request, file: Path) -> None:
    """All or nothing. Raises ValueError for more than a recording has."""
    part = file.with_name(f".{uuid4().hex}")
    await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
    size = 0
    try:
        with await asyncio.to_thread(part.open, "wb") as kept:
            async for chunk in request.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > _LARGEST:
                    raise ValueError(f"a recording has at most {_LARGEST} bytes")
                await asyncio.to_thread(kept.write, chunk)
        await asyncio.to_thread(part.replace, file)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
