"""The office that the live tests of the daemon share."""

import pytest

from tests.lab.office import Office


@pytest.fixture(scope="session")
def at(office_22: Office) -> Office:
    """The office at work, for calls that need none of their own."""
    return office_22
