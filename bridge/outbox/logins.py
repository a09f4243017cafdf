"""Logins: each CRM is asked now and then whether it still takes ours, so that a dead login is
noticed before the first call needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from bridge.domain.ports import CrmNeedsLogin, Probe
from bridge.outbox.ports import Clock

ASK_EVERY: Final = timedelta(minutes=10)

Told = Callable[[str, str, str], None]  # CRM, its state, and what a person has to do

log = structlog.get_logger(__name__)


class Probed(Protocol):
    """As much of a CRM as is needed here."""

    async def probe(self) -> Probe:
        """Raises as reads of the port do."""
        ...


@dataclass(frozen=True, slots=True)
class Dead:
    """Since when, as far as we know, and what the CRM says."""

    since: datetime
    detail: str


class Logins:
    """`dead` are those of now, by destination. A CRM that does not answer says nothing of a login:
    what was known stands. `told` hears of each change."""

    def __init__(self, crms: Iterable[tuple[str, Probed]], clock: Clock, told: Told) -> None:
        self.dead: dict[str, Dead] = {}
        self._crms = tuple(crms)
        self._clock = clock
        self._told = told

    async def run(self) -> None:
        """For ever: every CRM in turn, then again after `ASK_EVERY`."""
        never = asyncio.Event()
        while True:
            for name, crm in self._crms:
                await self._ask(name, crm)
            await self._clock.wait(never, self._clock.now() + ASK_EVERY)

    async def _ask(self, name: str, crm: Probed) -> None:
        try:
            await crm.probe()
        except CrmNeedsLogin as error:
            if name not in self.dead:
                self._told(name, "refuses our login", str(error))
                log.warning("crm.refuses_login", crm=name, error=str(error))
            since = self.dead[name].since if name in self.dead else self._clock.now()
            self.dead[name] = Dead(since, str(error))
        except Exception as error:  # away, or the connector's own mistake: another day
            log.debug("crm.not_asked", crm=name, error=f"{type(error).__name__}: {error}")
        else:
            if self.dead.pop(name, None) is not None:
                self._told(name, "good", "")
