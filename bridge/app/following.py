"""Following: a link, a journal and a follower for each PBX."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bridge.ami.dialect import AMI
from bridge.ami.link import AmiLink
from bridge.ami.translate import KINDS
from bridge.app.ownership import Ownership
from bridge.app.stasis import WithApplication
from bridge.ari.link import AriLink
from bridge.ari.recorded import ARI
from bridge.config.model import Config, Pbx
from bridge.domain.call_events import CallEvent
from bridge.domain.counters import Counters
from bridge.domain.pbx_events import PbxEvent
from bridge.link.devices import Devices
from bridge.link.follow import Follower
from bridge.link.states import LinkState
from bridge.observe.health import Health
from bridge.observe.tasks import Tasks
from bridge.routing.presence import Presence, together
from bridge.scripts.ports import Reach
from bridge.storage.event_journal import EventJournal
from bridge.tracker.reach import agents_of, client_channel
from bridge.tracker.tracker import Tracker

ACTS: Final = {
    ("ami", LinkState.REFUSED): "correct the AMI user or secret here or in manager.conf",
    ("ami", LinkState.WAITING): "see that Asterisk runs and that its AMI port is open to us",
    ("ari", LinkState.REFUSED): "correct the ARI user or password here or in ari.conf: see the log",
    (
        "ari",
        LinkState.WAITING,
    ): "see that Asterisk runs with ARI, and its HTTP port is open to us",
}
DIALECTS: Final = {"ami": AMI, "ari": ARI}


class Following:
    """`tell` gets what happens in the calls of every PBX, `hear` what each PBX itself says;
    `unstored` counts the finished calls that the store has not taken yet. `hold`, `gained` and
    `lost`: see Ownership."""

    def __init__(
        self,
        config: Config,
        health: Health,
        counters: Counters,
        *,
        tell: Callable[[CallEvent], None],
        hear: Callable[[PbxEvent], None],
        unstored: Callable[[], int],
        hold: Callable[[str], Awaitable[bool]],
        gained: Callable[[], Awaitable[None]],
        lost: Callable[[], None],
    ) -> None:
        self._health = health
        self._counters = counters
        self._devices = {pbx.name: Devices(config.directory(pbx)) for pbx in config.pbx}
        self._links = {pbx.name: self._link(pbx) for pbx in config.pbx}
        self._owned = [
            Ownership(self._whole(pbx), hold, health, gained=gained, lost=lost)
            for pbx in config.pbx
        ]
        self._journals = {pbx.name: _journal(config, pbx) for pbx in config.pbx}
        self._followers = {
            pbx.name: self._follower(config, pbx, tell, hear, unstored) for pbx in config.pbx
        }

    def start(self, tasks: Tasks) -> None:
        """The journals first: what they hold comes before anything new."""
        for name, journal in self._journals.items():
            self._followers[name].restore()
            tasks.keep(f"journal {name}", journal.run, stop=journal.stop)
        for (name, link), owned in zip(self._links.items(), self._owned, strict=True):
            tasks.keep(f"follow {name}", self._followers[name].run, stop=link.close)
            tasks.keep(f"link {name}", owned.run, stop=owned.stop)

    def moves(self) -> bool:
        """Whether events are being followed."""
        return all(follower.moves for follower in self._followers.values())

    def link(self, pbx: str) -> AmiLink | AriLink:
        """The link over which calls are made."""
        return self._links[pbx]

    def presence(self) -> Mapping[str, Presence]:
        """Whose telephone can ring now, by extension. One who is on several PBXs has telephones of
        several."""
        one, *others = [devices.presence for devices in self._devices.values()] or [{}]
        if not others:
            return one
        everybody = set(one).union(*others)
        return {who: together(of[who] for of in (one, *others) if who in of) for who in everybody}

    def reach(self, call_id: str) -> tuple[AmiLink | AriLink, Reach] | None:
        """Where this call can be acted upon now; None when it is over."""
        for name, follower in self._followers.items():
            world = follower.tracker.world
            client = client_channel(world, call_id)
            if client is not None:
                found = Reach(
                    client=client.uniqueid,
                    agents=agents_of(client),
                    known=world.known,
                    lives=world.channels.__contains__,
                )
                return self._links[name], found
        return None

    def reload(self, config: Config) -> None:
        """Take up a new directory; no call is dropped."""
        for pbx in config.pbx:
            if follower := self._followers.get(pbx.name):
                follower.tracker.read_anew(config.directory(pbx), config.region)
                self._devices[pbx.name].read_anew(config.directory(pbx))

    def _follower(
        self,
        config: Config,
        pbx: Pbx,
        tell: Callable[[CallEvent], None],
        hear: Callable[[PbxEvent], None],
        unstored: Callable[[], int],
    ) -> Follower:
        tracker = Tracker(pbx.name, config.directory(pbx), config.region)
        return Follower(
            self._links[pbx.name],
            DIALECTS[pbx.events],
            tracker,
            self._journals[pbx.name],
            tell=tell,
            hear=hear,
            unstored=unstored,
            counters=self._counters,
        )

    def _link(self, pbx: Pbx) -> AmiLink | AriLink:
        """The link that is followed."""
        self._health.expect(f"{pbx.events} {pbx.name}")
        told, devices = self._told(pbx.events, pbx.name), self._devices[pbx.name]
        if pbx.ari is not None and pbx.events == "ari":
            return AriLink(pbx.name, pbx.ari, counters=self._counters, told=told, devices=devices)
        return AmiLink(pbx, KINDS, counters=self._counters, told=told, devices=devices)

    def _whole(self, pbx: Pbx) -> AmiLink | AriLink | WithApplication:
        """All that runs while the PBX is ours."""
        link = self._links[pbx.name]
        if pbx.ari is None or not isinstance(link, AmiLink):
            return link
        told = self._told("ari", pbx.name)
        application = AriLink(
            pbx.name, pbx.ari, everything=False, counters=self._counters, told=told
        )
        return WithApplication(link, application)

    def _told(self, kind: str, pbx: str) -> Callable[[LinkState], None]:
        def told(state: LinkState) -> None:
            live, act = state is LinkState.LIVE, ACTS.get((kind, state), "")
            self._health.report(f"{kind} {pbx}", str(state), ready=live, act=act)

        return told


def _journal(config: Config, pbx: Pbx) -> EventJournal:
    path = config.folder / "journal" / f"{pbx.name}.{pbx.events}"
    return EventJournal(path, DIALECTS[pbx.events])
