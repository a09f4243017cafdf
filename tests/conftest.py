"""What all tests share: real servers and an office, and how the tests are spread over processes."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio

from bridge.storage.store import open_store
from tests.lab.absent import loud, loudly_skipped
from tests.lab.freepbx import FreePbx
from tests.lab.odoo import Odoo, odoo
from tests.lab.office import Office
from tests.lab.offices import Offices
from tests.lab.postgres import Server, postgres

pytest_plugins = ["tests.spread"]
# How long an example takes is the machine's affair: speed belongs in `make bench`.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
_NUMBERS = itertools.count(1)


def pytest_configure() -> None:
    """What this run was told beside its command line is not for the runs that tests start: two
    with one `--basetemp` would remove each other's files."""
    os.environ.pop("PYTEST_ADDOPTS", None)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one module that share an Asterisk stay in one process and in their order."""
    for item in items:
        if item.get_closest_marker("asterisk") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.stem}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    with loudly_skipped(item):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    with loudly_skipped(item):
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what nothing was proven on. In CI it is a failure already."""
    for title, text in loud(terminalreporter.getreports("skipped")):
        terminalreporter.section(title, sep="!", red=True)
        terminalreporter.write_line(text)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def offices() -> AsyncIterator[Offices]:
    """Of this process; tests that break theirs open one of their own."""
    offices = Offices()
    yield offices
    await offices.close()


@pytest_asyncio.fixture(loop_scope="session")
async def office_22(offices: Offices) -> Office:
    return await offices.at(Office, "22")


@pytest_asyncio.fixture(loop_scope="session")
async def office_16(offices: Offices) -> Office:
    return await offices.at(Office, "16")


@pytest_asyncio.fixture(loop_scope="session")
async def freepbx_22(offices: Offices) -> FreePbx:
    return await offices.at(FreePbx, "22")


@pytest_asyncio.fixture(loop_scope="session")
async def freepbx_16(offices: Offices) -> FreePbx:
    return await offices.at(FreePbx, "16")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def empty_store(postgres_server: Server) -> str:
    """A database that a daemon has made its store; those of the tests are copies of it."""
    _make_store(postgres_server.make("empty_store"))
    return "empty_store"


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file of SQLite."""
    file = tmp_path_factory.mktemp("store") / "empty.db"
    _make_store(str(file))
    return file


def _make_store(where: str) -> None:
    async def opened() -> None:
        async with open_store(where, daemon=True):
            pass

    with ThreadPoolExecutor(1) as beside:  # the loops of the tests are none of its business
        beside.submit(asyncio.run, opened()).result()


@pytest.fixture(scope="session")
def odoo_server() -> Iterator[Odoo]:
    """One for all tests of this process; they empty it."""
    with odoo() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store: every test that asks for it runs on both databases."""
    if request.param == "sqlite":
        yield str(shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "bridge.db"))
        return
    server: Server = request.getfixturevalue("postgres_server")
    name = f"store_{next(_NUMBERS)}"
    yield server.make(name, like=request.getfixturevalue("empty_store"))
    server.drop(name)
