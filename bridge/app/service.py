"""A run of the daemon, from its configuration until SIGTERM."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version

import structlog
from prometheus_client import CollectorRegistry

from bridge.app.daemon import Daemon
from bridge.config.model import Config
from bridge.observe.health import Health
from bridge.observe.metrics import PrometheusCounters, build_info
from bridge.observe.notify import Notifier
from bridge.observe.service import serve
from bridge.observe.tasks import Tasks
from bridge.storage.store import open_store
from bridge.web.app import serving
from bridge.web.room import Room

log = structlog.get_logger(__name__)


async def run(config: Config, read: Callable[[], Config]) -> None:
    """Follow, store and deliver until SIGTERM. `read` reads the configuration anew on SIGHUP.

    Raises StoreUnusable or CannotStart, which say what to change, and TakenOver.
    """
    registry = CollectorRegistry()
    build_info(registry, version("asterisk-crm-bridge"))
    counters = PrometheusCounters(registry)
    health = Health(counters)
    async with open_store(config.store.url.get_secret_value(), daemon=True) as store:
        daemon = Daemon(config, store, counters, health)
        tasks = Tasks(counters, report=daemon.report)
        async with page(daemon.room(registry)):
            await daemon.start(tasks)
            settle_memory()
            reload = partial(daemon.reload_from, read)
            await serve(tasks, health, Notifier(), reload=reload, alive=daemon.moves)
        await daemon.close()
        if daemon.taken_over:
            raise TakenOver("another daemon follows a PBX of ours; start again to stand by")


class TakenOver(Exception):
    """Another daemon follows what we followed: start again, and stand by."""


class CannotStart(Exception):
    """Something outside keeps the daemon from starting; the text says what to change."""


@asynccontextmanager
async def page(room: Room) -> AsyncIterator[None]:
    """The page while inside. Raises CannotStart."""
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(serving(room))
        except OSError as error:
            where = f"{room.settings.host}:{room.settings.port}"
            why = f"the page cannot be served at {where}: {error.strerror}"
            raise CannotStart(f"{why}; free it or change web.port") from error
        log.info("web.serving", address=address)
        yield


def settle_memory() -> None:
    """What stands at the start stands until the end: the collector need not walk through it again
    and again, nor look for rings after every few hundred objects of a stream of events."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
