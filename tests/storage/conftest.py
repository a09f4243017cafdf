"""A store on each database that there may be; `file` where a test is about SQLite's alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.storage.store import Store, open_store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
async def store(where: str) -> AsyncIterator[Store]:
    async with open_store(where, daemon=True) as store:
        yield store


@pytest.fixture
async def sqlite(file: Path) -> AsyncIterator[Store]:
    async with open_store(str(file), daemon=True) as store:
        yield store
