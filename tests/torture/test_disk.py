"""A disk that is full, and one that stands still, under a daemon that follows a PBX."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.disk import fill, small_disk
from tests.lab.wait import until
from tests.torture.stand import Stand, stand


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


TELL_OF_A_FULL_DISK = {
    "journal.not_written",
    "intake.store_away",
    "delivery.store_away",
    "recording.not_kept",
}


def logged(at: Stand) -> int:
    return sum("/log_call/" in key for key in at.crm.effects)


async def test_a_full_disk_costs_no_call(disk: Path, tmp_path: Path) -> None:
    async with stand(tmp_path, random.Random(1)) as at:
        at.configure(folder=str(disk), store={"url": f"sqlite:///{disk}/bridge.db"})
        await at.start()
        await at.follows()
        await at.call()
        ballast = fill(disk)
        for _ in range(3):
            await at.call()
        assert (await at.metric("ami_gaps_total"), await at.alive()) == (0.0, True)
        ballast.unlink()

        async def all_there() -> bool:
            return logged(at) == 4

        await until(all_there, "four calls in the CRM")
    told = [line["event"] for line in at.log() if line["level"] == "error"]
    assert TELL_OF_A_FULL_DISK >= set(told) != set()


async def test_a_disk_that_fills_up_during_a_delivery_doubles_nothing(
    disk: Path, tmp_path: Path
) -> None:
    """What the CRM has said by then is kept until there is room for it."""
    async with stand(tmp_path, random.Random(2)) as at:
        at.configure(folder=str(disk), store={"url": f"sqlite:///{disk}/bridge.db"})
        await at.start()
        await at.follows()
        at.crm.gate.clear()
        for _ in range(3):
            await at.call()
        await until(at.crm.is_asked, "the CRM to be asked")
        ballast = fill(disk)
        at.crm.gate.set()

        async def refused() -> bool:
            return any(line["event"] == "delivery.store_away" for line in at.log())

        await until(refused, "a delivery to find no room")
        ballast.unlink()

        async def all_there() -> bool:
            return logged(at) == 3

        await until(all_there, "three calls in the CRM")
    assert [key for key, times in at.crm.effects.items() if times > 1] == []
