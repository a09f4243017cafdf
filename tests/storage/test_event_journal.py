"""The journal of calls in progress: what is added is there after a death, whatever a disk does."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs

from bridge.ami.dialect import AMI
from bridge.storage import event_journal
from bridge.storage.event_journal import EventJournal
from tests.lab.wait import until


def message(number: int, channel: str = "1.1", size: int = 0) -> str:
    return f"Event: Hold\r\nUniqueid: {channel}\r\nNumber: {number}{' ' * size}\r\n\r\n"


def text(path: Path) -> str:
    return path.read_bytes().decode()


def kept(path: Path) -> list[str]:
    return [line for line in text(path).split("\r\n") if line.startswith("Number")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "office.ami"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@asynccontextmanager
async def writing(journal: EventJournal) -> AsyncIterator[None]:
    """`run` beside the block; all is written at the end."""
    async with asyncio.TaskGroup() as group:
        group.create_task(journal.run())
        yield
        journal.stop()


async def test_what_was_added_is_there_after_a_restart_in_order(path: Path) -> None:
    first = EventJournal(path, AMI)
    async with writing(first):
        for number in range(100):
            first.add(message(number))
    second = EventJournal(path, AMI)
    async with writing(second):
        second.add(message(100))
    assert kept(path) == [f"Number: {number}" for number in range(101)]


@pytest.fixture
def cut_off(path: Path) -> EventJournal:
    path.parent.mkdir()
    path.write_bytes((message(1) + message(2)[:30]).encode())
    return EventJournal(path, AMI)


async def test_a_message_that_a_death_cut_off_spoils_none_after_it(
    cut_off: EventJournal, path: Path
) -> None:
    journal = cut_off
    async with writing(journal):
        journal.add(message(3))
    assert text(path) == message(1) + message(3)


async def test_what_comes_while_the_disk_forgets_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go, write = Event(), Event(), event_journal._write_at

    def slow(*args: object) -> int:
        asked.set()
        go.wait()
        return write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(event_journal, "_write_at", slow)
    journal = EventJournal(path, AMI)
    async with writing(journal):
        journal.add(message(1))
        await asyncio.to_thread(asked.wait)
        journal.add(message(2))
        journal.forget()
        journal.add(message(3))
        journal.add(message(4))
        go.set()
    assert kept(path) == ["Number: 3", "Number: 4"]


async def test_a_full_disk_is_said_once_and_costs_nothing_when_it_has_room_again(
    tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_journal, "_AGAIN", 0.01)
    ballast, path = tiny_disk / "ballast", tiny_disk / "office.ami"
    ballast.write_bytes(b"x" * 40_000)
    journal = EventJournal(path, AMI)
    with capture_logs() as lines:
        async with writing(journal):
            for number in range(30):
                journal.add(message(number, size=1000))
                await asyncio.sleep(0)

            async def refused_again() -> bool:
                return [line["log_level"] for line in lines].count("debug") >= 3

            await until(refused_again, "the disk to refuse again")
            ballast.unlink()
    told = [line for line in lines if line["log_level"] == "error"]
    assert [line["error"] for line in told] == ["No space left on device"]
    assert [line.rstrip() for line in kept(path)] == [f"Number: {n}" for n in range(30)]


async def test_memory_that_fills_up_behind_a_disk_costs_a_gap(path: Path) -> None:
    journal = EventJournal(path, AMI, most_waiting=10 * len(message(1)))
    for number in range(15):
        journal.add(message(number))
    async with writing(journal):
        pass
    assert text(path) == AMI.gap + "".join(message(number) for number in range(10, 15))


async def test_a_long_journal_keeps_the_channels_that_are_mentioned_and_the_gaps(
    path: Path,
) -> None:
    journal = EventJournal(path, AMI, too_long=1000)
    async with writing(journal):
        journal.add(
            "".join([message(1, "1.1"), message(2, "2.2") * 30, AMI.gap, message(3, "1.1")])
        )
    journal = EventJournal(path, AMI, too_long=1000)
    async with writing(journal):
        journal.compact(lambda: {"1.1"})
        journal.add(message(4, "3.3"))
    assert text(path) == "".join([message(1), AMI.gap, message(3), message(4, "3.3")])
