"""The plain protocol under contract: the built-in CRM behind it, by the description we ship."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import ClassVar

from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.crm.declarative import DeclarativeCrm
from bridge.domain.ports import Capability
from bridge.web.face import Face
from tests.crm.builtin.harness import BuiltinHarness
from tests.crm.contract.harness import Fault
from tests.crm.declarative.described import SHIPPED, connected
from tests.crm.declarative.faults import Faults


class PlainHarness:
    name: ClassVar = "plain"
    capabilities: ClassVar = frozenset(Capability) - {Capability.CLICK, Capability.RATINGS}
    faults: ClassVar = frozenset(Fault)

    anna = BuiltinHarness.anna
    boris = BuiltinHarness.boris
    pipeline = BuiltinHarness.pipeline
    first_stage = BuiltinHarness.first_stage
    lost_stage = BuiltinHarness.lost_stage

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._behind = BuiltinHarness(folder)
        self.crm: DeclarativeCrm

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._faults = Faults()
        app = web.Application(middlewares=[self._faults.middleware])
        app.add_routes(Face(self._behind.crm, self._folder / "recordings").routes())
        async with self._behind.running(), TestServer(app) as server:
            url = str(server.make_url("/api/v1/crm"))
            file = SHIPPED / "plain.yml"
            self.crm = connected(file, self._folder, timeout=2, url=url, token="t")
            yield
            await self.crm.close()

    def fault(self, fault: Fault) -> AbstractAsyncContextManager[None]:
        return self._faults.during(fault)
