"""A manager interface that does as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.ami.fake import FakeAsterisk


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAsterisk]:
    async with FakeAsterisk() as fake:
        yield fake
