"""An emptied Odoo behind its gate, the connector with Anna's login, and an office that uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.crm.odoo import Odoo
from bridge.rules.policy import Did, Policy, Topic
from bridge.storage.store import open_store
from tests.crm.odoo.gate import Gate
from tests.crm.odoo.harness import MARKS, emptied, settings
from tests.crm.office import SALES, SERVICE, Office
from tests.lab.odoo import Odoo as Server
from tests.lab.odoo_rpc import OdooRpc

POLICY = Policy(
    dids={SALES: Did(name="Sales"), SERVICE: Did(name="Service", pipeline="1", stage="2")},
    topics={"subsidies": Topic(pipeline="1", stage="3")},
)
Connect = Callable[..., Odoo]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and "gate" in getattr(
            item, "fixturenames", ()
        ):
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture
async def gate(odoo_server: Server) -> AsyncIterator[Gate]:
    await emptied(odoo_server.sql).again()
    gate = Gate(odoo_server.url)
    async with gate.open():
        yield gate


@pytest.fixture
async def connect(gate: Gate) -> AsyncIterator[Connect]:
    """A connector of this Odoo; a second one is the same program after a restart."""
    made: list[Odoo] = []

    def anew(**others: Any) -> Odoo:
        crm = Odoo(settings(gate.url, **{"timeout": 10.0, **others}))
        made.append(crm)
        return crm

    yield anew
    for crm in made:
        await crm.close()


@pytest.fixture
def crm(connect: Connect) -> Odoo:
    return connect()


@pytest.fixture
def admin(gate: Gate, odoo_server: Server) -> OdooRpc:
    """Who looks at what is there, and puts things there by hand."""
    return odoo_server.admin


@pytest.fixture
async def office(connect: Connect, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_store(str(tmp_path / "bridge.db"), daemon=True) as store:
        yield Office(store, connect(), tmp_path, POLICY)
