"""The store fails while calls are on their way to the CRM: they are there once, a little later."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bridge.storage import engine
from tests.delivery.calls import STORY
from tests.delivery.judge import complaints
from tests.delivery.stand import Stand
from tests.lab.disk import fill, small_disk

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
# When the store begins to fail: before anything was asked, and after a write whose answer is to be
# kept next.
MOMENTS: Final = ("crm.duplicate.findbycomm", "crm.lead.add", "telephony.externalcall.finish")
_LOCK: Final = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.mark.proves("S4-12", "S4-40")
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_full_disk_loses_and_doubles_nothing(at: Stand, disk: Path, moment: str) -> None:
    async with at.running(str(disk / "bridge.db")):
        await at.call()
        await at.portal.until(lambda: at.portal.received(moment) > 0, seconds=30)
        ballast = fill(disk)
        await at.pass_time(HOUR, stride=MINUTE)
        assert await at.store.deliveries() != []
        ballast.unlink()
        await at.pass_time()
        assert (complaints(at.portal), await at.parked()) == ([], [])


@pytest.mark.proves("S4-12", "S4-40")
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_database_locked_by_another_process_loses_and_doubles_nothing(
    at: Stand, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_BUSY", 1)
    file = at.folder / "bridge.db"
    async with at.running(str(file)):
        await at.call()
        await at.portal.until(lambda: at.portal.received(moment) > 0, seconds=30)
        async with locked(file):
            await at.pass_time(HOUR, stride=MINUTE)
        await at.pass_time()
        assert (complaints(at.portal), await at.parked()) == ([], [])


@pytest.mark.proves("S4-12", "S4-40")
async def test_either_store_keeps_calls_through_an_outage(at: Stand, where: str) -> None:
    async with at.running(where):
        at.portal.fault("cut", times=20, every=3, applied=True)
        await at.call(0, 1, 2)
        await at.pass_time(MINUTE)
        await at.portal.go_down()
        await at.call(*range(3, len(STORY)))
        await at.pass_time(HOUR)
    await at.portal.come_up()
    async with at.running(where):
        await at.pass_time()
        assert (complaints(at.portal), await at.parked()) == ([], [])


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Another process writes, and takes its time."""
    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _LOCK, str(file)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdin is not None
    assert other.stdout is not None
    assert await other.stdout.readline() == b"locked\n"
    yield
    other.stdin.close()
    await other.wait()
