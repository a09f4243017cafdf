"""A run of the daemon, from its configuration until SIGTERM."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from prometheus_client import CollectorRegistry

from bridge.app.daemon import Daemon
from bridge.app.listening import CannotStart, answering, page
from bridge.config.model import Config
from bridge.observe.health import Health
from bridge.observe.metrics import PrometheusCounters, build_info
from bridge.observe.notify import Notifier
from bridge.observe.service import serve
from bridge.observe.tasks import Tasks
from bridge.storage.store import open_store
from bridge.web.certificate import CertificateUnusable


async def run(config: Config, read: Callable[[], Config]) -> None:
    """Follow, store and deliver until SIGTERM. `read` reads the configuration anew on SIGHUP.

    Raises StoreUnusable or CannotStart, which say what to change, and TakenOver.
    """
    registry = CollectorRegistry()
    build_info(registry, version("asterisk-crm-bridge"))
    counters = PrometheusCounters(registry)
    health = Health(counters)
    async with open_store(config.store.url.get_secret_value(), daemon=True) as store:
        try:
            daemon = Daemon(config, store, counters, health)
        except CertificateUnusable as error:
            raise CannotStart(f"web.tls: {error}") from error
        tasks = Tasks(counters, report=daemon.report)
        async with (
            page(daemon.room(registry)),
            answering(config.agi, daemon.answers, daemon.scripted, counters) as answer,
        ):
            await daemon.start(tasks)
            settle_memory()
            await answer()
            reload = partial(daemon.reload_from, read)
            await serve(tasks, health, Notifier(), reload=reload, alive=daemon.moves)
        await daemon.close()
        if daemon.taken_over:
            raise TakenOver("another daemon follows a PBX of ours; start again to stand by")


class TakenOver(Exception):
    """Another daemon follows what we followed: start again, and stand by."""


def settle_memory() -> None:
    """What stands at the start stands until the end: the collector need not walk through it again
    and again, nor look for rings after every few hundred objects of a stream of events."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
