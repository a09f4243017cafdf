"""The webhook under contract: its receiver is slow, broken, busy or does not know us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from aiohttp import web

from bridge.crm.webhook import WebhookCrm, WebhookCrmSettings
from bridge.crm.webhook.connector import CAPABILITIES
from bridge.domain.ports import Crm
from tests.crm.contract.harness import Fault
from tests.crm.webhook.receiver import SECRETS, Receiver, receiving

_ANSWERS = {
    Fault.BROKEN: lambda: web.Response(status=503),
    Fault.QUOTA: lambda: web.Response(status=429, headers={"Retry-After": "7"}),
    Fault.LOGIN: lambda: web.Response(status=401),
}


class WebhookHarness:
    name: ClassVar = "webhook"
    capabilities: ClassVar = CAPABILITIES
    faults: ClassVar = frozenset(Fault)

    anna = "101"
    boris = "102"
    pipeline = first_stage = lost_stage = ""

    def __init__(self, folder: Path) -> None:
        self.receiver: Receiver
        self._crm: WebhookCrm

    @property
    def crm(self) -> Crm:
        return self._crm

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with receiving() as self.receiver:
            settings = WebhookCrmSettings.model_validate(
                {
                    "url": self.receiver.address,
                    "secrets": SECRETS[:1],
                    "events": ["finished", "recording"],
                    "timeout": 2,
                }
            )
            self._crm = WebhookCrm(settings)
            yield
            await self._crm.close()

    @asynccontextmanager
    async def fault(self, fault: Fault) -> AsyncIterator[None]:
        if fault is Fault.SLOW:
            self.receiver.gate.clear()
        else:
            self.receiver.answer = _ANSWERS[fault]
        yield
        self.receiver.gate.set()
        self.receiver.answer = lambda: None
