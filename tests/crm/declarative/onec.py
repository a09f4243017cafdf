"""A 1C HTTP service under contract: an infobase of ours, by the description we ship."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import ClassVar, Final

from aiohttp.test_utils import TestServer

from bridge.crm.declarative import DeclarativeCrm
from bridge.domain.ports import Capability
from tests.crm.contract.harness import Fault
from tests.crm.declarative.described import SHIPPED, connected
from tests.crm.declarative.faults import Faults
from tests.portals.onec.base import Base, guid
from tests.portals.onec.service import Service

LOGIN: Final = "Телефония"
PASSWORD: Final = "пароль-1C"


class OneCHarness:
    name: ClassVar = "onec"
    capabilities: ClassVar = frozenset(
        {
            Capability.LEADS,
            Capability.CALLS,
            Capability.RECORDINGS,
            Capability.TASKS,
            Capability.LOOKUP,
            Capability.FIND,
        }
    )
    faults: ClassVar = frozenset(Fault)

    anna = guid("anna")
    boris = guid("boris")
    pipeline = first_stage = lost_stage = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.base = Base()
        self.crm: DeclarativeCrm

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        people = ((self.anna, "Анна", "101"), (self.boris, "Борис", "102, 202"))
        for id, name, extension in people:
            row = {"id": id, "name": name, "login": name, "extension": extension, "active": True}
            self.base.users[id] = row
        self._faults = Faults()
        service = Service(self.base, LOGIN, PASSWORD)
        async with TestServer(service.app(self._faults.middleware)) as server:
            settings = {"url": str(server.make_url("/ut")), "login": LOGIN, "password": PASSWORD}
            self.crm = connected(SHIPPED / "onec.yml", self._folder, timeout=1.5, **settings)
            yield
            await self.crm.close()

    def fault(self, fault: Fault) -> AbstractAsyncContextManager[None]:
        return self._faults.during(fault)
