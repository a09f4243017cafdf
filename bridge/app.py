"""The daemon: the one module that knows every concrete class and puts them together."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, generate_latest

from bridge.ami.follow import Follower
from bridge.ami.link import AmiLink
from bridge.ami.states import LinkState
from bridge.ami.translate import KINDS
from bridge.config.model import Config, Pbx
from bridge.config.model import Destination as DestinationSettings
from bridge.config.reload import waits_for_restart
from bridge.crm.builtin import BuiltinCrm
from bridge.crm.registry import connect, settings
from bridge.domain.call_events import CallEvent, CallFinished
from bridge.domain.record import CallRecord, Recording, RecordingState
from bridge.observe.health import Health
from bridge.observe.metrics import PrometheusCounters, build_info
from bridge.observe.notify import Notifier
from bridge.observe.service import serve
from bridge.observe.tasks import Tasks
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination
from bridge.outbox.dry_run import DryRun
from bridge.outbox.intake import Intake
from bridge.outbox.lane import Lane
from bridge.outbox.users import users_of
from bridge.recordings.collecting import Collecting
from bridge.recordings.collector import Collector
from bridge.recordings.settings import PathMapping, RecordingsSettings
from bridge.recordings.shelf import Shelf
from bridge.storage.calls import Which
from bridge.storage.event_journal import EventJournal
from bridge.storage.store import Store, open_store
from bridge.tracker.tracker import Tracker
from bridge.web.app import serving
from bridge.web.live import LiveBoard
from bridge.web.ports import CallPage, Exposition, Watch
from bridge.web.ports import Health as WebHealth
from bridge.web.room import Room

log = structlog.get_logger(__name__)

BUILTIN: Final = {"kind": "builtin", "name": "crm"}
USERS_EVERY: Final = 600.0  # seconds
ACTS: Final = {
    LinkState.REFUSED: "correct the AMI user or secret here or in manager.conf",
    LinkState.WAITING: "see that Asterisk runs and that its AMI port is open to us",
}


async def run(config: Config, read: Callable[[], Config]) -> None:
    """Follow, store and deliver until SIGTERM. `read` reads the configuration anew on SIGHUP.

    Raises StoreUnusable or CannotStart, which say what to change.
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


async def dry_run(config: Config | None, records: Iterable[CallRecord]) -> AsyncIterator[str]:
    """What these calls would write to each CRM of the configuration, as JSON lines. Without one
    every number is unknown. Raises what reads of a CRM raise."""
    with TemporaryDirectory() as empty:
        if config is None:
            blank = settings({**BUILTIN, "file": Path(empty) / "crm.db"})
            found = [Destination(name="crm", crm=connect(blank.model_dump()))]
        else:
            found = [_destination(config, to) for to in destinations(config)]
        told = list(records)
        for destination in found:
            async for line in DryRun(destination).lines(told):
                yield line
            await destination.crm.close()


class Daemon:
    """What runs, made from one configuration."""

    def __init__(
        self, config: Config, store: Store, counters: PrometheusCounters, health: Health
    ) -> None:
        self.config = config
        self.store = store
        self.health = health
        self._counters = counters
        self._clock = SystemClock()
        self._lanes = [self._lane(to) for to in destinations(config)]
        names = [lane.destination.name for lane in self._lanes]
        self._intake = Intake(store, names, self._clock, self._stored)
        self._collectors = {pbx.name: _collector(config, pbx) for pbx in config.pbx}
        self._collecting = Collecting(self._collectors, self._change, counters)
        self._live = LiveBoard()
        self._links = {pbx.name: self._link(pbx) for pbx in config.pbx}
        self._journals = {pbx.name: _journal(config, pbx) for pbx in config.pbx}
        self._followers = {pbx.name: self._follower(pbx) for pbx in config.pbx}

    async def start(self, tasks: Tasks) -> None:
        """Start in the order of the call's path backwards: what is behind is there first."""
        for lane in self._lanes:
            tasks.keep(f"deliver {lane.destination.name}", lane.run, stop=lane.stop)
        tasks.keep("intake", self._intake.run, stop=self._intake.stop)
        tasks.keep("recordings", self._collecting.run)
        await self._resume_recordings()
        for name, journal in self._journals.items():
            self._followers[name].restore()
            tasks.keep(f"journal {name}", journal.run, stop=journal.stop)
        for name, link in self._links.items():
            tasks.keep(f"follow {name}", self._followers[name].run, stop=link.close)
            tasks.keep(f"link {name}", link.run, stop=link.close)
        tasks.keep("users", self._read_users)

    def room(self, registry: CollectorRegistry) -> Room:
        """What the page for people shows."""
        builtin = [lane.destination.crm for lane in self._lanes]
        return Room(
            calls=StoredCalls(self.store),
            recordings=Shelves([collector.shelf for collector in self._collectors.values()]),
            live=self._live,
            settings=self.config.web,
            crm=next((crm for crm in builtin if isinstance(crm, BuiltinCrm)), None),
            watch=Watch(
                ready=lambda: WebHealth(self.health.ready, self.health.facts()),
                metrics=lambda: Exposition(generate_latest(registry)),
            ),
        )

    def moves(self) -> bool:
        """Whether events are being followed: the sign of life for systemd's watchdog."""
        return all(follower.moves for follower in self._followers.values())

    def report(self, task: str, running: bool) -> None:
        """A task of the daemon runs or has failed."""
        act = "" if running else "report the traceback in the log"
        self.health.report(task, "running" if running else "failed", ready=running, act=act)

    def reload_from(self, read: Callable[[], Config]) -> None:
        """Take up new rules, directory and users; no call is dropped. Raises what `read` does."""
        config = read()
        later = waits_for_restart(self.config, config)
        for pbx in config.pbx:
            if follower := self._followers.get(pbx.name):
                follower.tracker.read_anew(config.directory(pbx), config.region)
        known = {lane.destination.name: lane.destination for lane in self._lanes}
        for to in destinations(config):
            if destination := known.get(to.name):
                destination.policy = config.policy(to)
                destination.users = {**destination.users, **config.users(to)}
        self.config = config
        if later:
            log.warning("service.needs_restart", keys=later)

    async def close(self) -> None:
        for lane in self._lanes:
            await lane.destination.crm.close()

    def _lane(self, to: DestinationSettings) -> Lane:
        destination = _destination(self.config, to)
        return Lane(
            destination,
            self.store,
            worker=f"{socket.gethostname()}:{os.getpid()}",
            clock=self._clock,
            counters=self._counters,
            settings=to.retry,
        )

    def _follower(self, pbx: Pbx) -> Follower:
        tracker = Tracker(pbx.name, self.config.directory(pbx), self.config.region)
        return Follower(
            self._links[pbx.name],
            tracker,
            self._journals[pbx.name],
            tell=self._tell,
            unstored=lambda: self._intake.unstored,
            counters=self._counters,
        )

    def _link(self, pbx: Pbx) -> AmiLink:
        def told(state: LinkState) -> None:
            act = ACTS.get(state, "")
            self.health.report(
                f"ami {pbx.name}", str(state), ready=state is LinkState.LIVE, act=act
            )

        self.health.expect(f"ami {pbx.name}")
        return AmiLink(pbx, KINDS, counters=self._counters, told=told)

    async def _read_users(self) -> None:
        """The CRMs' users, read again now and then."""
        while True:
            said = {to.name: self.config.users(to) for to in destinations(self.config)}
            for destination in (lane.destination for lane in self._lanes):
                before, own = destination.users, said.get(destination.name, {})
                destination.users = await users_of(destination.crm, own, before)
            await asyncio.sleep(USERS_EVERY)

    def _tell(self, event: CallEvent) -> None:
        self._live.tell(event)
        if isinstance(event, CallFinished):
            self._intake.take(event.record)

    def _stored(self, record: CallRecord) -> None:
        log.info(
            "call.stored",
            call_id=record.call_id,
            direction=record.direction,
            disposition=record.disposition,
            responsible=record.responsible,
        )
        self._wake()
        self._live.stored(record.call_id)
        self._collecting.take(record)

    async def _change(self, call_id: str, recording: Recording) -> None:
        await self.store.change_recording(call_id, recording, now=self._clock.now())
        self._wake()
        self._live.stored(call_id)

    async def _resume_recordings(self) -> None:
        """Recordings that the last process still waited for."""
        waiting = await self.store.recordings(RecordingState.EXPECTED)
        for call_id in dict.fromkeys(call_id for call_id, _ in waiting):
            if record := await self.store.call(call_id):
                self._collecting.take(record)

    def _wake(self) -> None:
        for lane in self._lanes:
            lane.wake()


def destinations(config: Config) -> tuple[DestinationSettings, ...]:
    """Where calls go: the CRMs of the configuration, the built-in one when there is none."""
    if not config.deliver:
        return ()
    if config.destinations:
        return config.destinations
    people = [
        {
            "id": agent.crm_user or agent.extension,
            "name": agent.name,
            "extensions": [agent.extension],
        }
        for agent in config.agents
    ]
    file = config.folder / "crm.db"
    builtin = settings({**BUILTIN, "file": file, "region": config.region, "users": people})
    return (DestinationSettings(crm=builtin),)


def _destination(config: Config, to: DestinationSettings) -> Destination:
    return Destination(
        name=to.name,
        crm=connect(to.crm.model_dump()),
        policy=config.policy(to),
        users=config.users(to),
    )


def _collector(config: Config, pbx: Pbx) -> Collector:
    folder = PathMapping(pbx=pbx.recordings.pbx, local=pbx.recordings.folder)
    keep = config.folder / "recordings" / pbx.name
    return Collector(RecordingsSettings(keep=keep, folders=(folder,)))


def _journal(config: Config, pbx: Pbx) -> EventJournal:
    return EventJournal(config.folder / "journal" / f"{pbx.name}.ami")


class StoredCalls:
    """The store's calls as the page asks for them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, limit: int, before: str | None) -> CallPage:
        found = await self._store.calls(Which(limit=limit + 1, before=before))
        more = len(found) > limit
        records = [record.to_json() for record in found[:limit]]
        return CallPage(records, found[limit - 1].call_id if more else None)

    async def one(self, call_id: str) -> dict[str, Any] | None:
        record = await self._store.call(call_id)
        return record.to_json() if record else None


class Shelves:
    """Our copies of the recordings of every PBX."""

    def __init__(self, shelves: list[Shelf]) -> None:
        self._shelves = shelves

    def find(self, id: str) -> Path | None:
        return next((file for shelf in self._shelves if (file := shelf.find(id))), None)
