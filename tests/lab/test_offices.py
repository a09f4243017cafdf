"""The office that tests share, after a telephone's process has ended."""

from __future__ import annotations

import pytest

from tests.lab.office import Office
from tests.lab.offices import Offices
from tests.lab.wait import until

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]


async def test_an_office_that_has_lost_a_telephone_is_opened_anew(offices: Offices) -> None:
    at = await offices.at(Office)
    assert await offices.whole(at) is at
    at.staff["101"].stop()

    async def lost() -> bool:
        return not at.is_whole

    await until(lost, "the telephone to be gone")
    another = await offices.whole(at)
    assert (another is at, another.is_whole) == (False, True)
