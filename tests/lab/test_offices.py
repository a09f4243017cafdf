"""The office that tests share, after one of its processes has ended, and opened anew."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.lab.office import Office
from tests.lab.offices import Offices
from tests.lab.wait import until

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

LOST: dict[str, Callable[[Office], None]] = {
    "a telephone": lambda at: at.staff["101"].stop(),
    "Asterisk": lambda at: os.kill(at.asterisk.pid, signal.SIGKILL),
}


@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
async def test_an_office_that_has_lost_something_is_opened_anew(
    offices: Offices, lose: Callable[[Office], None]
) -> None:
    at = await offices.at(Office)
    assert await offices.at(Office) is at
    lose(at)

    async def lost() -> bool:
        return not at.is_whole

    await until(lost, "it to be gone")
    another = await offices.at(Office)
    assert (another is at, another.is_whole) == (False, True)


async def test_a_whole_office_is_opened_anew_too_when_that_is_asked_for(offices: Offices) -> None:
    at = await offices.at(Office)
    another = await offices.anew(at)
    assert (another is at, at.asterisk.runs, another.is_whole) == (False, False, True)
