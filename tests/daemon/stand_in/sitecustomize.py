"""Stands in for `bridge.app` in a process of the daemon until there is one: lives, does nothing."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType


async def run(config: object, reread: object) -> None:
    from bridge.observe.health import Health
    from bridge.observe.notify import Notifier
    from bridge.observe.service import serve
    from bridge.observe.tasks import Tasks

    assert callable(reread)
    tasks, asked = Tasks(), asyncio.Event()

    async def work() -> None:
        await asked.wait()

    tasks.keep("work", work, stop=asked.set)
    await serve(tasks, Health(), Notifier(), reload=reread)


app = ModuleType("bridge.app")
app.run = run  # type: ignore[attr-defined]
sys.modules["bridge.app"] = app
