"""A stand for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.delivery.stand import Stand, stand


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as at:
        yield at
