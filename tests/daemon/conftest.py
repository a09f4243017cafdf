"""The office that the live tests of the daemon share."""

import pytest_asyncio

from tests.lab.office import Office
from tests.lab.offices import Offices


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def at(offices: Offices) -> Office:
    """The office at work, for calls that need none of their own."""
    return await offices.at(Office)
