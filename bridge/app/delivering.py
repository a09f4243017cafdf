"""Delivering: the way in for finished calls, a lane for each destination, the CRMs' users."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bridge.config.model import Config
from bridge.config.model import Destination as DestinationSettings
from bridge.crm.registry import capabilities, connect, settings
from bridge.crm.webhook.listener import Listener
from bridge.dialout.expecting import Linked
from bridge.domain.call_events import CallEvent
from bridge.domain.counters import Counters
from bridge.domain.ports import Crm
from bridge.domain.record import CallRecord
from bridge.observe.health import Health
from bridge.observe.tasks import Tasks
from bridge.outbox.clock import SystemClock
from bridge.outbox.destination import Destination, Lookup
from bridge.outbox.dry_run import DryRun
from bridge.outbox.intake import Intake
from bridge.outbox.lane import Lane
from bridge.outbox.live import LiveLane
from bridge.outbox.logins import Logins
from bridge.outbox.users import users_of
from bridge.recordings.links import Links
from bridge.storage.store import Store

BUILTIN: Final = {"kind": "builtin", "name": "crm"}
USERS_EVERY: Final = 600.0  # seconds


class Delivering:
    """`stored` is told of each call that is new to the store, once it is safe."""

    def __init__(
        self,
        config: Config,
        store: Store,
        counters: Counters,
        stored: Callable[[CallRecord], None],
        *,
        clock: SystemClock,
        worker: str,
        health: Health,
    ) -> None:
        self._config = config
        self._store = store
        self._counters = counters
        self._clock = clock
        self._worker = worker
        self._health = health
        self._lanes = [self._lane(to) for to in destinations(config)]
        _in_order(self.destinations)
        self._live = [
            self._live_lane(to, lane.destination)
            for to, lane in zip(destinations(config), self._lanes, strict=True)
        ]
        crms = [(to.name, to.crm) for to in self.destinations]
        self.logins = Logins(crms, clock, self._told)
        self.intake = Intake(store, self.names, self._clock, stored)
        self._listeners = [crm for crm in self.crms if isinstance(crm, Listener)]
        for listener in self._listeners:
            listener.live.counters = counters

    @property
    def names(self) -> list[str]:
        return [lane.destination.name for lane in self._lanes]

    @property
    def destinations(self) -> list[Destination]:
        return [lane.destination for lane in self._lanes]

    @property
    def crms(self) -> list[Crm]:
        return [destination.crm for destination in self.destinations]

    def start(self, tasks: Tasks) -> None:
        for lane in self._lanes:
            tasks.keep(f"deliver {lane.destination.name}", lane.run, stop=lane.stop)
        for listener in self._listeners:
            tasks.keep(f"live {listener.live.name}", listener.live.run)
        tasks.keep("intake", self.intake.run, stop=self.intake.stop)

    def start_reading(self, tasks: Tasks) -> None:
        """Ask the CRMs for their users, and whether they take our login: last, for nothing
        waits for it."""
        tasks.keep("users", self._read_users)
        tasks.keep("logins", self.logins.run)

    def start_announcing(self, tasks: Tasks) -> None:
        """After the calls in progress were told again: those the last process has announced."""
        for lane in self._live:
            tasks.keep(f"announce {lane.destination.name}", lane.run, stop=lane.stop)

    def tell(self, event: CallEvent, linked: Linked | None) -> None:
        """What happened in a call, for the cards in the CRMs and for those who listen live;
        `linked` where one of the CRMs announced it itself. Returns at once."""
        for listener in self._listeners:
            listener.live.hear(event)
        for lane in self._live:
            own = linked is not None and linked.destination == lane.destination.name
            lane.tell(event, linked.handle if linked is not None and own else None)

    def wake(self) -> None:
        """There is something new in the store."""
        for lane in self._lanes:
            lane.wake()

    def reload(self, config: Config) -> None:
        """Take up new rules and users; what is planned from then on follows them."""
        known = {destination.name: destination for destination in self.destinations}
        for to in destinations(config):
            if destination := known.get(to.name):
                destination.policy = config.policy(to)
                destination.users = {**destination.users, **config.users(to)}
                destination.opens = config.routing.opens
        self._config = config

    async def close(self) -> None:
        for crm in self.crms:
            await crm.close()

    def _lane(self, to: DestinationSettings) -> Lane:
        return Lane(
            destination(self._config, to),
            self._store,
            worker=self._worker,
            clock=self._clock,
            counters=self._counters,
            settings=to.retry,
        )

    def _live_lane(self, to: DestinationSettings, destination: Destination) -> LiveLane:
        return LiveLane(
            destination,
            self._store,
            clock=self._clock,
            counters=self._counters,
            settings=to.live,
            told=partial(self._told, to.name),
        )

    def _told(self, name: str, state: str, missing: str) -> None:
        """What a CRM lacks holds up nothing else: we are ready all the same."""
        self._health.report(f"crm {name}", state, ready=True, act=missing)

    async def _read_users(self) -> None:
        """The CRMs' users, read again now and then. Over them goes what the configuration says when
        they have come: it may have been read anew meanwhile."""
        while True:
            for destination in self.destinations:
                found = await users_of(destination.crm, {}, destination.users)
                destination.users = {**found, **self._users(destination.name)}
            await asyncio.sleep(USERS_EVERY)

    def _users(self, name: str) -> Mapping[str, str]:
        of_name = (to for to in destinations(self._config) if to.name == name)
        return next((self._config.users(to) for to in of_name), {})


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


def destination(config: Config, to: DestinationSettings) -> Destination:
    """This CRM, connected, by the rules and with the users of the configuration."""
    links = links_of(config)
    values = to.crm.model_dump()
    return Destination(
        name=to.name,
        crm=connect(values),
        capabilities=capabilities(values),
        policy=config.policy(to),
        users=config.users(to),
        lookup=to.lookup,
        link=links.url if links and to.recordings == "link" else None,
        opens=config.routing.opens,
    )


def _in_order(found: Sequence[Destination]) -> None:
    """Each knows the CRMs before it; a journal knows nobody."""
    for place, each in enumerate(found):
        asked = [one for one in found[:place] if one.lookup is not Lookup.NEVER]
        each.before = tuple(one.crm for one in asked)


def links_of(config: Config) -> Links | None:
    """How links to recordings are signed, where the configuration says it."""
    web = config.web
    if web.public_url is None or web.link_secret is None:
        return None
    secret = web.link_secret.get_secret_value().encode()
    return Links(base=web.public_url, secret=secret, lasts=web.link_lasts)


async def dry_run(config: Config | None, records: Iterable[CallRecord]) -> AsyncIterator[str]:
    """What these calls would write to each CRM of the configuration, as JSON lines. Without one
    every number is unknown. Raises what reads of a CRM raise."""
    with TemporaryDirectory() as empty:
        if config is None:
            blank = settings({**BUILTIN, "file": Path(empty) / "crm.db"})
            found = [Destination(name="crm", crm=connect(blank.model_dump()))]
        else:
            found = [destination(config, to) for to in destinations(config)]
            _in_order(found)
        told = list(records)
        try:
            for asked in found:
                async for line in DryRun(asked).lines(told):
                    yield line
        finally:
            for asked in found:
                await asked.crm.close()
