"""EspoCRM under contract: the portal of ours, by the description we ship."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import ClassVar, Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler, Middleware

from bridge.crm.declarative import DeclarativeCrm
from bridge.domain.ports import Capability
from tests.crm.contract.harness import Fault
from tests.crm.declarative.described import SHIPPED, connected
from tests.crm.declarative.faults import Faults
from tests.portals.espocrm.portal import Portal
from tests.portals.espocrm.records import Rules
from tests.portals.espocrm.rights import Role

_KEY: Final = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


def _search_by_key(request: web.Request) -> bool:
    return request.query.get("where[0][attribute]") == "cKey"


class EspoHarness:
    name: ClassVar = "espocrm"
    capabilities: ClassVar = frozenset(Capability) - {
        Capability.RATINGS,
        Capability.CLICK,
        Capability.INDEX,
        Capability.LIVE,
        Capability.NOTIFY,
    }
    faults: ClassVar = frozenset(Fault)

    anna = "690000000000000a1"
    boris = "690000000000000b2"
    pipeline = "sales"
    first_stage = "Prospecting"
    lost_stage = "Closed Lost"

    def __init__(self, folder: Path, role: Role | None = None, rules: Rules | None = None) -> None:
        self._folder = folder
        self.portal = Portal(_KEY, role, rules)
        self.asked: list[str] = []  # the paths, since it runs
        self.crm: DeclarativeCrm

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        for id, name, extensions in (
            (self.anna, "Анна", "101"),
            (self.boris, "Борис", "102, 202"),
        ):
            self.portal.put(
                "User",
                id=id,
                userName=name,
                lastName=name,
                type="regular",
                isActive=True,
                cExtension=extensions,
            )
        self._faults = Faults(spared=_search_by_key)
        middlewares = (self._counted, self._faults.middleware)
        async with TestServer(self.portal.app(*middlewares)) as server:
            url = str(server.make_url("")).rstrip("/")
            settings = {"url": url, "key": _KEY, "user": self.anna}
            self.crm = connected(SHIPPED / "espocrm.yml", self._folder, timeout=1.5, **settings)
            yield
            await self.crm.close()

    @property
    def _counted(self) -> Middleware:
        @web.middleware
        async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.asked.append(request.path)
            return await handler(request)

        return counted

    def fault(self, fault: Fault) -> AbstractAsyncContextManager[None]:
        return self._faults.during(fault)
