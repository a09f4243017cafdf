"""Each test runs once for every harness that has what its module NEEDS and its mark `needs`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.domain.ports import Crm
from tests.crm.contract.harness import Harness
from tests.crm.contract.harnesses import HARNESSES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    needs = set(filter(None, [getattr(metafunc.module, "NEEDS", None)]))
    for mark in metafunc.definition.iter_markers("needs"):
        needs |= set(mark.args)
    able = [each for each in HARNESSES if needs <= each.capabilities]
    if "fault" in metafunc.fixturenames:
        rows = [(each, fault) for each in able for fault in sorted(each.faults)]
        names = [f"{each.name}-{fault}" for each, fault in rows]
        metafunc.parametrize(("harness", "fault"), rows, ids=names, indirect=["harness"])
    elif "harness" in metafunc.fixturenames:
        metafunc.parametrize("harness", able, ids=[each.name for each in able], indirect=True)


@pytest.fixture
async def harness(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Harness]:
    made: Harness = request.param(tmp_path)
    async with made.running():
        yield made


@pytest.fixture
def crm(harness: Harness) -> Crm:
    return harness.crm
