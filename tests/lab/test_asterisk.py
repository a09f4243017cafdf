"""A running Asterisk has everything of its own, and leaves nothing."""

import os
from pathlib import Path

import pytest

from tests.lab.asterisk import Asterisk, running
from tests.lab.office import devices

pytestmark = pytest.mark.asterisk


class Stumbles(Exception):
    """A test that goes wrong."""


def processes_in(home: Path) -> list[str]:
    """Command lines that still name the folder of a run."""
    lines = (Path("/proc", pid, "cmdline") for pid in os.listdir("/proc") if pid.isdigit())
    return [text for line in lines if line.exists() and home.name in (text := line.read_text())]


async def test_nothing_is_left_of_a_run_that_goes_wrong() -> None:
    seen: list[Asterisk] = []

    async def goes_wrong() -> None:
        async with running("22", devices("22")) as asterisk:
            seen.append(asterisk)
            assert processes_in(asterisk.home)
            raise Stumbles

    with pytest.raises(Stumbles):
        await goes_wrong()
    assert not seen[0].home.exists()
    assert not processes_in(seen[0].home)


async def test_two_of_them_run_at_once() -> None:
    async with running("22", devices("22")) as one, running("22", devices("22")) as other:
        for asterisk in (one, other):
            async with asterisk.ami() as session:
                answer = await session.act("CoreSettings")
                assert answer["AsteriskVersion"].startswith(asterisk.build.version)
