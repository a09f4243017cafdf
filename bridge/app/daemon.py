"""Daemon: its parts, and what each tells the others."""

from __future__ import annotations

from os import getpid
from secrets import token_hex
from signal import SIGTERM, raise_signal
from socket import gethostname

import structlog
from prometheus_client import CollectorRegistry, generate_latest

from bridge.agi.answers import Answers
from bridge.agi.scripted import Scripted
from bridge.agi.settings import AgiSettings
from bridge.app.alerting import Alerting
from bridge.app.applications import KeptApplications
from bridge.app.clicks import Clicks
from bridge.app.delivering import Delivering, links_of
from bridge.app.following import Following
from bridge.app.keeping import Keeping
from bridge.app.pages import KeptIncidents, Shelves, StoredCalls
from bridge.app.purging import Purging
from bridge.app.ratings import KeptRatings
from bridge.app.recordings import Recordings
from bridge.app.routing import Routing
from bridge.app.scripts import Acting, RunningScripts
from bridge.app.transcriptions import KeptTranscriptions
from bridge.config.model import Config
from bridge.config.reload import waits_for_restart
from bridge.crm.builtin import BuiltinCrm
from bridge.domain.call_events import CallEvent, CallFinished
from bridge.domain.record import CallRecord
from bridge.observe.health import Health
from bridge.observe.metrics import PrometheusCounters
from bridge.observe.tasks import Tasks
from bridge.outbox.clock import SystemClock
from bridge.storage.store import Store
from bridge.web.certificate import Certificate
from bridge.web.face import Face
from bridge.web.live import LiveBoard
from bridge.web.ports import Exposition, Watch
from bridge.web.ports import Health as WebHealth
from bridge.web.room import Room
from bridge.web.seeking import Reading

log = structlog.get_logger(__name__)


class Daemon:
    """What runs, made from one configuration. Raises CertificateUnusable."""

    def __init__(
        self, config: Config, store: Store, counters: PrometheusCounters, health: Health
    ) -> None:
        self.config = config
        self.store = store
        self.health = health
        self.taken_over = False
        self._live = LiveBoard()
        self._certificate = Certificate(config.web.tls) if config.web.tls else None
        clock, worker = SystemClock(), f"{gethostname()}:{getpid()}:{token_hex(4)}"
        self._delivering = Delivering(
            config, store, counters, self._stored, clock=clock, worker=worker, health=health
        )
        self._keeping = Keeping(
            store,
            counters,
            clock,
            worker=worker,
            destinations=self._delivering.names,
        )
        self._recordings = Recordings(config, store, counters, self._changed)
        forget = self._recordings.forget
        self._purging = Purging(store, clock, counters, config.store, forget)
        agi = config.agi or AgiSettings()
        to = self._delivering.destinations
        self._routing = Routing(config, store, counters, to, lambda: self._following.presence())
        self.answers = Answers(self._routing.routes, agi.deadline, counters)
        intake, dead = self._delivering.intake, self._delivering.logins.dead
        self._alerting = Alerting(config, store, health, counters, lambda: intake.refused, dead)
        self._following = self._follow(counters)
        self._applications = KeptApplications(
            store, self._delivering.names, config.region, self._delivering.wake
        )
        acting = Acting(config, to, self._following.reach, self._live.note)
        self._scripts = RunningScripts(config, self._routing.routes, acting, counters)
        self.scripted = Scripted(self._scripts)
        self._clicks = Clicks(config, store, counters, to, self._following.link)

    def _follow(self, counters: PrometheusCounters) -> Following:
        return Following(
            self.config,
            self.health,
            counters,
            tell=self._tell,
            hear=lambda event: self._clicks.hear(event),
            unstored=lambda: self._delivering.intake.unstored,
            hold=self.store.claims.hold,
            gained=self._gained,
            lost=self._lost,
        )

    async def start(self, tasks: Tasks) -> None:
        """Start in the order of the call's path backwards: what is behind is there first."""
        await self._keeping.start(tasks)
        tasks.keep("purge", self._purging.run)
        self._delivering.start(tasks)
        await self._recordings.start(tasks)
        await self._clicks.start(tasks)
        self._following.start(tasks)
        self._delivering.start_announcing(tasks)
        self._scripts.start(tasks)
        self._alerting.start(tasks)
        self._delivering.start_reading(tasks)
        self._routing.start(tasks)

    async def try_out(self) -> None:
        """One decision for nobody, so that the first caller need not wait for what is done once."""
        await self._routing.try_out()

    def room(self, registry: CollectorRegistry) -> Room:
        """What the page for people shows."""
        crms = self._delivering.crms
        builtin = next((crm for crm in crms if isinstance(crm, BuiltinCrm)), None)
        return Room(
            calls=StoredCalls(self.store),
            recordings=Shelves(self._recordings.shelves),
            live=self._live,
            settings=self.config.web,
            read_anew=lambda: self.config.web,
            agents=lambda: self.config.agent_names(),
            reading=self._reading,
            certificate=self._certificate,
            links=links_of(self.config),
            crm=builtin,
            face=Face(builtin, self.config.folder / "received") if builtin else None,
            incidents=KeptIncidents(self.store, self._alerting.links),
            asking=self._clicks,
            applications=self._applications,
            transcriptions=KeptTranscriptions(self.store, self._delivering.wake),
            ratings=KeptRatings(self.store, self._changed),
            watch=Watch(
                ready=lambda: WebHealth(self.health.ready, self.health.facts()),
                metrics=lambda: Exposition(generate_latest(registry)),
            ),
            routes=self.answers,
        )

    def _reading(self) -> Reading:
        return Reading(self.config.routing.zone, self.config.region)

    def moves(self) -> bool:
        """Whether events are being followed: the sign of life for systemd's watchdog."""
        return self._following.moves()

    def report(self, task: str, running: bool) -> None:
        """A task of the daemon runs or has failed."""
        act = "" if running else "report the traceback in the log"
        self.health.report(task, "running" if running else "failed", ready=running, act=act)

    def take_up(self, config: Config) -> None:
        """New rules, directory and users; no call is dropped. Raises CertificateUnusable."""
        if self._certificate:
            self._certificate.read_anew()
        later = waits_for_restart(self.config, config)
        self._following.reload(config)
        self._delivering.reload(config)
        self._clicks.reload(config)
        self._applications.region = config.region
        self._routing.reload(config)
        self._scripts.reload(config)
        if config.web != self.config.web:
            self._live.close()  # whoever follows comes again, with a token that is good now
        self.config = config
        if later:
            log.warning("service.needs_restart", keys=later)

    async def close(self) -> None:
        await self._recordings.close()
        await self._scripts.close()
        await self._routing.close()
        await self._delivering.close()

    async def _gained(self) -> None:
        """We take a PBX over: what the other daemon had begun is ours now."""
        await self._recordings.resume()
        await self._clicks.restore()

    def _lost(self) -> None:
        """A PBX was taken over: our calls in progress are the other's now. End, and begin anew."""
        self.taken_over = True
        raise_signal(SIGTERM)

    def _tell(self, event: CallEvent) -> None:
        self._live.tell(event)
        self._scripts.tell(event)
        self._delivering.tell(event, self._clicks.tell(event))
        if isinstance(event, CallFinished):
            self._delivering.intake.take(event.record)

    def _stored(self, record: CallRecord) -> None:
        log.info(
            "call.stored",
            call_id=record.call_id,
            direction=record.direction,
            disposition=record.disposition,
            responsible=record.responsible,
        )
        self._routing.take(record)
        self._changed(record.call_id)
        self._recordings.take(record)

    def _changed(self, call_id: str) -> None:
        """The store has something new of this call."""
        self._delivering.wake()
        self._live.stored(call_id)
