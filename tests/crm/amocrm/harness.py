"""amoCRM under contract: the connector with a long-lived token of a faithful account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from pydantic import SecretStr

from bridge.crm.amocrm import AmoCrm, AmoCrmSettings
from bridge.crm.amocrm.probe import CAPABILITIES
from bridge.crm.limiter import Limiter
from tests.crm.contract.harness import Fault
from tests.portals.amocrm import Allowance, Clock, Portal

NOON: Final = 1789981200.0
PATIENT: Final = Allowance(per_second=10_000)
CLICK_TOKEN: Final = "6d1f0c-of-the-widget"


def furnish(portal: Portal) -> dict[str, Any]:
    """Anna and Boris, a field for each word that the account has none for; their settings."""
    portal.state.users[portal.user]["name"] = "Анна"
    boris = portal.add_user("Борис")
    words = {
        "contact": ("key", "comment"),
        "company": ("key", "inn", "kpp"),
        "lead": ("key", "did", "users"),
    }
    plural = {"contact": "contacts", "company": "companies", "lead": "leads"}
    fields = {
        kind: {word: portal.add_field(plural[kind], word) for word in named}
        for kind, named in words.items()
    }
    anna = str(portal.user)
    return {"fields": fields, "extensions": {"101": anna, "102": str(boris), "202": str(boris)}}


def settings(portal: Portal, folder: Path, **others: Any) -> AmoCrmSettings:
    """With a token, in no hurry but not made to wait either."""
    given: dict[str, Any] = {
        "account": portal.url,
        "token": SecretStr(portal.auth.long_lived),
        "folder": folder,
        "burst": 1000.0,
        "click": {"token": SecretStr(CLICK_TOKEN)},
        **others,
    }
    if "client_id" in others:
        del given["token"]
    return AmoCrmSettings.model_validate(given)


def integration(portal: Portal) -> dict[str, Any]:
    """Settings of an integration in place of a long-lived token."""
    return {
        "client_id": portal.auth.client_id,
        "client_secret": SecretStr(portal.auth.client_secret),
        "redirect_uri": portal.auth.redirect_uri,
        "refresh_token": SecretStr(portal.grant().refresh_token),
    }


class AmoCrmHarness:
    name: ClassVar = "amocrm"
    capabilities: ClassVar = CAPABILITIES
    faults: ClassVar = frozenset(Fault)
    links_only: ClassVar = True

    lost_stage = "143"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.portal = Portal(Clock(NOON), allowance=PATIENT)
        self.anna = self.boris = self.pipeline = self.first_stage = ""
        self.crm: AmoCrm

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.portal as portal:
            furnished = furnish(portal)
            portal.add_pipeline("Сервис", "Заявка")
            self.anna, self.boris = (str(id) for id in portal.state.users)
            self.pipeline = str(portal.pipeline)
            self.first_stage = str(portal.statuses(portal.pipeline)[0])
            self.crm = AmoCrm(
                settings(portal, self._folder, timeout=1.0, **furnished), portal.clock
            )
            yield
            await self.crm.close()

    @asynccontextmanager
    async def fault(self, fault: Fault) -> AsyncIterator[None]:
        if fault is Fault.SLOW:
            # The lead is made and its answer is lost, and companies are not found in time.
            self.portal.fault("slow", "POST leads/complex", times=None, applied=True)
            self.portal.fault("slow", "GET companies", times=None)
        else:
            kinds = {
                Fault.BROKEN: "server_error",
                Fault.QUOTA: "busy",
                Fault.LOGIN: "unauthorized",
            }
            self.portal.fault(kinds[fault], times=None)
        yield
        self.portal.faults.lift()
        # As if the seconds that the account asked for had passed.
        self.crm._client.limiter = Limiter(1000.0, 1000.0)
