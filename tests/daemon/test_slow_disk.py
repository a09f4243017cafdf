"""The disk of journal and store stands still for seconds; Asterisk keeps its default writetimeout.

The disk is a real one: a file system in a file, frozen as a storage array freezes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.desk import desk_of
from tests.lab.daemon import running_daemon
from tests.lab.disk import frozen, own_disk
from tests.lab.office import SALES, Office

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]

CLIENTS = tuple(f"+7916125000{digit}" for digit in "1234")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with own_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def home(disk: Path, tmp_path: Path) -> Path:
    """The daemon's folder, whose journal and store lie on that disk; not so its log."""
    folder = tmp_path / "daemon"
    folder.mkdir()
    (disk / "journal").mkdir()
    for name in ("journal", "bridge.db"):
        (folder / name).symlink_to(disk / name)
    return folder


async def test_the_reader_goes_on_while_the_disk_stands_still(
    at: Office, disk: Path, home: Path
) -> None:
    async with running_daemon(at, home) as daemon, desk_of(daemon) as desk, at.playing():
        with frozen(disk):
            for number in CLIENTS:
                client = at.outsider(number)
                await client.calls(SALES)
                await at.bob.answers()
                await client.talks_with(at.bob)
                await desk.follows(number, "102")
                await client.hangs_up()
                await at.bob.is_released()
            stored_meanwhile = [line for line in daemon.log() if line["event"] == "call.stored"]
        records = [await desk.record(number) for number in CLIENTS]
    assert stored_meanwhile == []
    assert [(one["responsible"], one["needs_review"]) for one in records] == [("102", False)] * 4
    assert [line["event"] for line in daemon.log()].count("ami.live") == 1
