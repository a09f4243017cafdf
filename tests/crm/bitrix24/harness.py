"""Bitrix24 under contract: the connector as a local application of a faithful portal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from pydantic import SecretStr

from bridge.crm.bitrix24 import Bitrix24, Bitrix24Settings
from bridge.domain.ports import Capability
from tests.crm.contract.harness import Fault
from tests.crm.contract.made import lead
from tests.portals.bitrix24.clock import Clock
from tests.portals.bitrix24.limits import Allowance
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import User

NOON: Final = 1789981200.0  # the beginning of a minute
PATIENT: Final = Allowance(burst=10_000)
_QUOTA_IN: Final = 7  # seconds
_SLOTS: Final = 600


def settings(portal: Portal, folder: Path, **others: Any) -> Bitrix24Settings:
    """A local application of this portal, in no hurry but not made to wait either."""
    given: dict[str, Any] = {
        "portal": portal.url,
        "client_id": portal.auth.client_id,
        "client_secret": SecretStr(portal.auth.client_secret),
        "refresh_token": SecretStr(portal.grant().refresh_token),
        "auth": portal.url,
        "folder": folder,
        "rate": 1000.0,
        "burst": 1000.0,
        **others,
    }
    return Bitrix24Settings(**given)


def furnish(portal: Portal) -> None:
    """Anna (101), who is an administrator and installed the application, and Boris (102, 202)."""
    portal.state.users.clear()
    portal.state.users[1] = User(id=1, name="Анна", extension="101", admin=True)
    portal.state.users[2] = User(id=2, name="Борис", extension="102, 202")


class Bitrix24Harness:
    name: ClassVar = "bitrix24"
    capabilities: ClassVar = frozenset(Capability)
    faults: ClassVar = frozenset(Fault)

    anna = "1"
    boris = "2"
    pipeline = "0"
    first_stage = "NEW"
    lost_stage = "LOSE"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.portal = Portal(Clock(NOON), allowance=PATIENT)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.portal as portal:
            furnish(portal)
            portal.add_pipeline("Service")
            self.crm = Bitrix24(settings(portal, self._folder, timeout=2.0), portal.clock)
            yield
            await self.crm.close()

    @asynccontextmanager
    async def fault(self, fault: Fault) -> AsyncIterator[None]:
        if fault is Fault.SLOW:
            # The lead is made and its answer is lost, and no search is answered.
            self.portal.fault("slow", "crm.lead.add", times=None, applied=True)
            self.portal.fault("slow", "crm.duplicate.findbycomm", times=None)
        elif fault is Fault.QUOTA:
            await self._use_up()
            self.portal.fault("operation_limit", times=None)
        else:
            kinds = {Fault.BROKEN: "server_error", Fault.LOGIN: "invalid_token"}
            self.portal.fault(kinds[fault], times=None)
        yield
        self.portal.faults.lift()
        self.portal.clock.move(_QUOTA_IN + 1)

    async def _use_up(self) -> None:
        """Ask at the beginning of the portal's ten minutes, then go to the end of them."""
        await self.crm.lookup("+74990000000")
        await self.crm.create_lead(lead(phone=None), "test/quota")
        self.portal.clock.move(_SLOTS - _QUOTA_IN)
