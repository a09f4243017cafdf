"""One office for each version of Asterisk, shared by all live scenarios of a run."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.lab.freepbx import FreePbx
from tests.lab.office import AnyOffice, Office, opened
from tests.lab.rootfs import NoAsterisk

OFFICES = ("office_22", "office_16", "freepbx_22", "freepbx_16")
UNPLAYED: dict[str, str] = {}


@asynccontextmanager
async def _open(kind: type[AnyOffice], version: str) -> AsyncIterator[AnyOffice]:
    try:
        opening = opened(kind, version)
        at = await opening.__aenter__()
    except NoAsterisk as why:
        if os.environ.get("CI"):
            raise
        UNPLAYED[version] = str(why)
        pytest.skip(f"no Asterisk {version}: {why}")
    try:
        yield at
    finally:
        await opening.__aexit__(None, None, None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office_22() -> AsyncIterator[Office]:
    async with _open(Office, "22") as at:
        yield at


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office_16() -> AsyncIterator[Office]:
    async with _open(Office, "16") as at:
        yield at


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def freepbx_22() -> AsyncIterator[FreePbx]:
    async with _open(FreePbx, "22") as at:
        yield at


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def freepbx_16() -> AsyncIterator[FreePbx]:
    async with _open(FreePbx, "16") as at:
        yield at


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One office, one process: what is played in the same office stays together."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and isinstance(item, pytest.Function):
            office = next(name for name in item.fixturenames if name in OFFICES)
            item.add_marker(pytest.mark.xdist_group(office))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that nothing was proven on a real Asterisk. In CI it is a failure already."""
    for version, why in UNPLAYED.items():
        terminalreporter.section(f"LIVE CALLS NOT TESTED ON ASTERISK {version}", sep="!", red=True)
        terminalreporter.write_line(why)
