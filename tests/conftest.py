"""What all tests share: one PostgreSQL server, and how they are spread over processes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.postgres import NoPostgres, Server, postgres

UNTRIED: list[str] = []
_NUMBERS = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one module that share an Asterisk stay in one process and in their order."""
    for item in items:
        if item.get_closest_marker("asterisk") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.stem}"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    running = postgres()
    try:
        server = running.__enter__()
    except NoPostgres as why:
        if os.environ.get("CI"):
            raise
        UNTRIED.append(str(why))
        pytest.skip(f"no PostgreSQL: {why}")
    try:
        yield server
    finally:
        running.__exit__(None, None, None)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store: every test that asks for it runs on both databases."""
    if request.param == "sqlite":
        yield str(tmp_path / "bridge.db")
        return
    server: Server = request.getfixturevalue("postgres_server")
    name = f"store_{next(_NUMBERS)}"
    yield server.make(name)
    server.drop(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that nothing was proven on a real PostgreSQL. In CI it is a failure already."""
    for why in UNTRIED:
        terminalreporter.section("THE STORE IS NOT TESTED ON POSTGRESQL", sep="!", red=True)
        terminalreporter.write_line(why)
