"""Each check and each test runs once for every harness that has what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.crm.suite.all import CHECKS
from bridge.crm.suite.checks import Check
from bridge.crm.suite.stand import Stand
from bridge.domain.ports import Capability, Crm
from tests.crm.contract.harness import Harness
from tests.crm.contract.harnesses import HARNESSES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "check" in metafunc.fixturenames:
        rows = [(each, harness) for harness, each in _rows()]
        names = [f"{harness.name}-{each.name}" for each, harness in rows]
        metafunc.parametrize(("check", "harness"), rows, ids=names, indirect=["harness"])
        return
    needs: set[Capability] = set()
    for mark in metafunc.definition.iter_markers("needs"):
        needs |= set(mark.args)
    able = [each for each in HARNESSES if needs <= each.capabilities]
    if "fault" in metafunc.fixturenames:
        faults = [(each, fault) for each in able for fault in sorted(each.faults)]
        names = [f"{each.name}-{fault}" for each, fault in faults]
        metafunc.parametrize(("harness", "fault"), faults, ids=names, indirect=["harness"])
    elif "harness" in metafunc.fixturenames:
        metafunc.parametrize("harness", able, ids=[each.name for each in able], indirect=True)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a server stay in one process."""
    for item in items:
        called: Any = getattr(item, "callspec", None)
        for mark in getattr(called and called.params.get("harness"), "marks", ()):
            item.add_marker(mark)


def _rows() -> Iterator[tuple[type[Harness], Check]]:
    for harness in HARNESSES:
        yield from ((harness, each) for each in CHECKS if each.needs <= harness.capabilities)


@pytest.fixture
async def harness(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Harness]:
    made: Harness = request.param(tmp_path)
    for server in getattr(made, "servers", ()):
        setattr(made, server, request.getfixturevalue(f"{server}_server"))
    async with made.running():
        yield made


@pytest.fixture
def crm(harness: Harness) -> Crm:
    return harness.crm


@pytest.fixture
async def stand(harness: Harness, tmp_path: Path) -> AsyncIterator[Stand]:
    wav = tmp_path / "recordings" / "rec-1.wav"
    wav.parent.mkdir()
    wav.write_bytes(b"RIFF")
    app = web.Application()
    app.router.add_static("/recordings", wav.parent)
    async with TestServer(app) as server:
        yield Stand(
            crm=harness.crm,
            capabilities=harness.capabilities,
            users={harness.anna: ("101",), harness.boris: ("102", "202")},
            pipeline=harness.pipeline,
            stages=(harness.first_stage, harness.lost_stage),
            wav=wav,
            address=str(server.make_url(f"/recordings/{wav.name}")),
            links_only=getattr(harness, "links_only", False),
        )
