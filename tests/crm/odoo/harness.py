"""Odoo under contract: the connector with Anna's login at a real Odoo 14, behind a gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final

import asyncpg
import pytest
from pydantic import SecretStr

from bridge.crm.limiter import Limiter
from bridge.crm.odoo import CAPABILITIES, Odoo, OdooSettings
from bridge.crm.odoo.settings import ClickSettings
from tests.crm.contract.harness import Fault
from tests.crm.odoo.gate import Gate
from tests.lab import odoo as lab
from tests.lab.odoo_office import ANNA

# What a test may leave behind, children before their parents; what was there before stays.
_TABLES: Final = (
    "mail_activity",
    "mail_message",
    "ir_attachment",
    "mail_followers",
    "crm_lead",
    "crm_tag",
    "mail_channel",
    "mail_activity_type",
    "res_users",
    "res_partner",
)


# All tests share one Odoo; the first on a machine unpacks it, which takes minutes.
MARKS: Final = (pytest.mark.xdist_group("odoo"), pytest.mark.timeout(900))
_FAST: Final = 1000.0
# Seconds: a slow Odoo has fewer, for its tests wait for them.
_PATIENCE, _WITH_A_SLOW_ONE = 20.0, 2.0


def settings(url: str, **others: Any) -> OdooSettings:
    given: dict[str, Any] = {
        "url": url,
        "database": lab.DATABASE,
        "login": ANNA[0],
        "password": SecretStr(ANNA[1]),
        "requisites": {"kpp": "x_kpp"},
        "click": ClickSettings(activity="Call now", poll=0.1),
        "rate": _FAST,
        "burst": _FAST,
        **others,
    }
    return OdooSettings(**given)


class Emptied:
    """The tables as they were when the tests began."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._before: dict[str, int] = {}

    async def again(self) -> None:
        database = await asyncpg.connect(self._sql)
        try:
            if not self._before:
                for table in _TABLES:
                    last = await database.fetchval(f"SELECT max(id) FROM {table}")
                    self._before[table] = last or 0
            for table, last in self._before.items():
                await database.execute(f"DELETE FROM {table} WHERE id > $1", last)
            await database.execute("DELETE FROM ir_model_data WHERE module LIKE '\\_\\_ast%'")
        finally:
            await database.close()


@cache
def emptied(sql: str) -> Emptied:
    """One for each server."""
    return Emptied(sql)


class OdooHarness:
    name: ClassVar = "odoo"
    capabilities: ClassVar = CAPABILITIES
    faults: ClassVar = frozenset(Fault)
    marks: ClassVar = MARKS
    servers: ClassVar = ("odoo",)

    pipeline = "1"
    first_stage = "1"
    lost_stage = "lost"
    boris = "2"
    anna = "6"

    odoo: lab.Odoo
    crm: Odoo

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await emptied(self.odoo.sql).again()
        self.gate = Gate(self.odoo.url)
        async with self.gate.open() as url:
            self.crm = Odoo(settings(url, timeout=_PATIENCE))
            yield
            await self.crm.close()

    @asynccontextmanager
    async def fault(self, fault: Fault) -> AsyncIterator[None]:
        gate = self.gate
        meets, only = {
            # The lead is made and its answer is lost, and no search is answered.
            Fault.SLOW: (gate.lost, (("crm.lead", "load"), ("res.partner", "search_read"))),
            Fault.BROKEN: (gate.unavailable, ()),
            Fault.QUOTA: (gate.quota, ()),
            Fault.LOGIN: (gate.wrong_password, ()),
        }[fault]
        client, patient = self.crm._client, self.crm._client.settings
        if fault is Fault.SLOW:
            client.settings = patient.model_copy(update={"timeout": _WITH_A_SLOW_ONE})
        async with gate.trouble(meets, *only):
            yield
        # The seconds that it was told to wait are over.
        client.settings, client.limiter = patient, Limiter(_FAST, _FAST)
