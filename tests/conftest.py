"""What all tests share: one PostgreSQL server, one Odoo, and how they are spread over processes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from tests.lab.odoo import NoOdoo, Odoo, odoo
from tests.lab.postgres import NoPostgres, Server, postgres

T = TypeVar("T")

UNTRIED: list[tuple[str, str]] = []
_NUMBERS = itertools.count(1)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one module that share an Asterisk stay in one process and in their order."""
    for item in items:
        if item.get_closest_marker("asterisk") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.stem}"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with _or_skipped(postgres(), NoPostgres, "POSTGRESQL") as server:
        yield server


@pytest.fixture(scope="session")
def odoo_server() -> Iterator[Odoo]:
    """One for all tests of this process; they empty it."""
    with _or_skipped(odoo(), NoOdoo, "ODOO") as server:
        yield server


@contextmanager
def _or_skipped(
    server: AbstractContextManager[T], absent: type[Exception], name: str
) -> Iterator[T]:
    """What cannot be had here is a failure in CI, and a loud word elsewhere."""
    try:
        running = server.__enter__()
    except absent as why:
        if os.environ.get("CI"):
            raise
        UNTRIED.append((name, str(why)))
        pytest.skip(f"no {name}: {why}")
    try:
        yield running
    finally:
        server.__exit__(None, None, None)


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
    """Say loudly what nothing was proven on. In CI it is a failure already."""
    for name, why in UNTRIED:
        terminalreporter.section(f"NOTHING IS TESTED ON A REAL {name}", sep="!", red=True)
        terminalreporter.write_line(why)
