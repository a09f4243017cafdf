"""A stand for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.delivery.stand import Stand, stand


@pytest.fixture
async def at(tmp_path: Path, empty_file: Path) -> AsyncIterator[Stand]:
    shutil.copy(empty_file, tmp_path / "bridge.db")
    async with stand(tmp_path) as at:
        yield at
