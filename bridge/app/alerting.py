"""Alerting: looks for what is in trouble, and tells it through the configured channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from bridge.config.model import Config
from bridge.domain import masks
from bridge.domain.counters import Counters
from bridge.domain.troubles import TroubleKind
from bridge.notify.channels import sender
from bridge.notify.links import Links
from bridge.notify.settings import Channel
from bridge.notify.teller import Teller
from bridge.notify.watch import Watch
from bridge.observe.health import Health
from bridge.observe.tasks import Tasks
from bridge.observe.troubles import HealthTroubles, is_link
from bridge.outbox.clock import SystemClock
from bridge.outbox.logins import Dead
from bridge.outbox.ports import StoreUnavailable
from bridge.storage.store import Store
from bridge.storage.waiting import StoreTroubles, WaitingTroubles


class Alerting:
    """`refused` says whether the store did not take what it was last given; `dead` are the logins
    that CRMs refuse now."""

    def __init__(
        self,
        config: Config,
        store: Store,
        health: Health,
        counters: Counters,
        refused: Callable[[], bool],
        dead: Mapping[str, Dead],
    ) -> None:
        clock, alerts = SystemClock(), config.alerts
        self._store = store
        self._health = health
        self.links = links(config)
        self._tellers = [
            (
                frozenset(channel.about or TroubleKind),
                Teller(
                    name,
                    sender(channel),
                    store,
                    most_per_hour=alerts.most_per_hour,
                    clock=clock,
                    counters=counters,
                    quiet=channel.quiet,
                ),
            )
            for name, channel in _named(alerts.channels)
        ]
        self._watch = Watch(
            [HealthTroubles(health), StoreTroubles(store, refused), WaitingTroubles(store, dead)],
            store,
            self._tellers,
            alerts,
            clock=clock,
            counters=counters,
            away=StoreUnavailable,
            hold=self._hold,
            links=self.links,
            mask=masks.plain,
        )

    def start(self, tasks: Tasks) -> None:
        for number, (_, teller) in enumerate(self._tellers, 1):
            tasks.keep(f"alert channel {number}", teller.run)
        tasks.keep("alerts", self._watch.run)

    async def _hold(self) -> bool:
        """Of several daemons one watches: the first that follows a PBX, or has none to follow. The
        one that stands by would see no link fail."""
        states = [part.state for name, part in self._health.parts.items() if is_link(name)]
        if states and set(states) == {"standby"}:
            return False
        return await self._store.claims.hold("alerts")


def links(config: Config) -> Links | None:
    """Links that acknowledge, where people can reach us and there is a secret to sign them."""
    page, web = config.alerts.page, config.web
    secret = web.token or web.link_secret
    return Links(page, secret.get_secret_value()) if page and secret else None


def _named(channels: Iterable[Channel]) -> Iterator[tuple[str, Channel]]:
    """Each under its label; of several with one label the second as `email 2`."""
    seen: Counter[str] = Counter()
    for channel in channels:
        seen[channel.label] += 1
        count = seen[channel.label]
        yield channel.label if count == 1 else f"{channel.label} {count}", channel
