"""A run of the daemon, from its configuration until SIGTERM."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.metadata import version

import structlog
from prometheus_client import CollectorRegistry

from bridge.app.daemon import Daemon
from bridge.app.folder import see_to
from bridge.app.listening import CannotStart, answering, page
from bridge.app.opening import Opening
from bridge.config.findings import Finding
from bridge.config.model import Config
from bridge.domain.counters import Counters
from bridge.observe.health import Health
from bridge.observe.metrics import PrometheusCounters, build_info
from bridge.observe.notify import Notifier
from bridge.observe.service import serve
from bridge.observe.tasks import Tasks
from bridge.storage.store import Store, open_store
from bridge.web.certificate import CertificateUnusable

log = structlog.get_logger(__name__)

Answer = Callable[[], Awaitable[object]]


async def run(
    config: Config, doubts: list[Finding], read: Callable[[], tuple[Config, list[Finding]]]
) -> None:
    """Follow, store and deliver until SIGTERM. `doubts` should be thought about in this
    configuration; `read` reads both anew on SIGHUP, in a thread of its own.

    Raises StoreUnusable or CannotStart, which say what to change, and TakenOver.
    """
    see_to(config)
    registry = CollectorRegistry()
    build_info(registry, version("asterisk-crm-bridge"))
    counters = PrometheusCounters(registry)
    health = Health(counters)
    notifier = Notifier()
    async with AsyncExitStack() as open_:
        with notifier.starting("opening the store"):
            store = await open_.enter_async_context(open_store(config.store_url, daemon=True))
        daemon = _made(config, store, counters, health)
        tasks = Tasks(counters, report=daemon.report)

        async def reload() -> None:
            anew, found = await asyncio.to_thread(read)
            daemon.take_up(anew)
            _tell(found, counters)

        async with (
            page(daemon.room(registry)),
            answering(config.agi, daemon.answers, daemon.scripted, counters) as answer,
        ):
            await _start(daemon, tasks, answer, health)
            _tell(doubts, counters)
            await serve(tasks, health, notifier, reload=reload, alive=daemon.moves)
        await daemon.close()
        if daemon.taken_over:
            raise TakenOver("another daemon follows a PBX of ours; start again to stand by")


def _made(config: Config, store: Store, counters: PrometheusCounters, health: Health) -> Daemon:
    try:
        return Daemon(config, store, counters, health)
    except CertificateUnusable as error:
        raise CannotStart(f"web.tls: {error}") from error


async def _start(daemon: Daemon, tasks: Tasks, answer: Answer | None, health: Health) -> None:
    await daemon.start(tasks)
    settle_memory()
    if answer is not None:
        opening = Opening(answer, daemon.try_out, health, tasks.stopping.is_set)
        tasks.once("agi", opening.run())


def _tell(found: list[Finding], counters: Counters) -> None:
    """What `asterisk-bridge check` warns of, where nobody has asked it."""
    counters.gauge("config_warnings", len(found))
    for one in found:
        log.warning("config.doubtful", what=str(one))


class TakenOver(Exception):
    """Another daemon follows what we followed: start again, and stand by."""


def settle_memory() -> None:
    """What stands at the start stands until the end: the collector need not walk through it again
    and again, nor look for rings after every few hundred objects of a stream of events. Calls wait
    while it walks: the younger objects are the fewer at a time, the older the less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 80, 20)
