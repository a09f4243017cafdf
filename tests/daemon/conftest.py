"""One office of this version of Asterisk for all live tests of the daemon."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.lab.office import Office, office
from tests.lab.rootfs import NoAsterisk


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def at() -> AsyncIterator[Office]:
    """The office at work; tests of calls that need none of their own share it."""
    opening = office()
    try:
        opened = await opening.__aenter__()
    except NoAsterisk as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Asterisk 22: {why}")
    try:
        yield opened
    finally:
        await opening.__aexit__(None, None, None)
