"""The life of a running daemon: ready, alive, read anew on SIGHUP, stopped in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

import structlog

from bridge.observe.build import build
from bridge.observe.health import Health
from bridge.observe.notify import Notifier
from bridge.observe.tasks import STOP_SECONDS, Tasks

log = structlog.get_logger(__name__)


async def serve(
    tasks: Tasks,
    health: Health,
    notifier: Notifier,
    *,
    reload: Callable[[], Awaitable[None]],
    alive: Callable[[], bool] = lambda: True,
) -> None:
    """Call when every task is started. Returns after SIGTERM or SIGINT, when all have ended.

    `reload` runs on SIGHUP, once more for one that comes meanwhile; what it raises is logged, and
    the daemon goes on as it was. `alive` says whether events and deliveries move: without it
    systemd's watchdog gets no sign of life.
    """
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    hung_up = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    tasks.keep("reload", lambda: _reloading(hung_up, reload, health, notifier))
    tasks.keep("notify", lambda: notifier.beat(alive, health.status))
    notifier.ready(health.status())
    log.info("service.ready", build=build(), status=health.status())
    await asked.wait()
    notifier.stopping()
    log.info("service.stopping", within=STOP_SECONDS)
    late = await tasks.stop(STOP_SECONDS)
    log.info("service.stopped", cancelled=late)


async def _reloading(
    hung_up: asyncio.Event,
    reload: Callable[[], Awaitable[None]],
    health: Health,
    notifier: Notifier,
) -> None:
    while True:
        await hung_up.wait()
        hung_up.clear()
        await _reload(reload, health, notifier)


async def _reload(
    reload: Callable[[], Awaitable[None]], health: Health, notifier: Notifier
) -> None:
    notifier.reloading()
    try:
        await reload()
        log.info("service.reloaded")
    except Exception as error:
        log.error(
            "service.not_reloaded",
            error=str(error),
            act="correct the file (asterisk-bridge check) and reload again; the old one stands",
        )
    notifier.ready(health.status())
