"""What is left to the collector of garbage: its walks hold up every call."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable

_TIMES = 10


async def left_by(work: Callable[[], Awaitable[object]]) -> int:
    """Objects that nothing but the collector takes away after so many rounds of `work`."""
    await work()  # what is made once
    gc.collect()
    gc.disable()
    try:
        for _ in range(_TIMES):
            await work()
        return gc.collect()
    finally:
        gc.enable()
