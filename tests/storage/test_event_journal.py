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
from bridge.storage import event_journal, shortening
from bridge.storage.event_journal import EventJournal
from tests.lab.wait import until


def message(number: int, channel: str = "1.1", size: int = 0) -> str:
    return f"Event: Hold\r\nUniqueid: {channel}\r\nNumber: {number}{' ' * size}\r\n\r\n"


def text(path: Path) -> str:
    return path.read_bytes().decode()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


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


# In all: several pieces, and messages cut in two by their edges.
LONG = [message(number, f"{number % 3}.0", size=700) for number in range(100)]


@pytest.fixture
async def long(path: Path) -> EventJournal:
    first = EventJournal(path, AMI)
    async with writing(first):
        first.add("".join(LONG))
    return EventJournal(path, AMI, too_long=1000)


@pytest.fixture
def halfway(monkeypatch: pytest.MonkeyPatch) -> Halfway:
    """Where a shortening waits before its second piece."""
    found, go_on = Halfway(), shortening.Shortening.go_on

    def slow(self: shortening.Shortening) -> bool:
        found.pieces += 1
        if found.pieces == 2:
            found.reached.set()
            found.go.wait()
        return go_on(self)

    monkeypatch.setattr(shortening.Shortening, "go_on", slow)
    return found


class Halfway:
    def __init__(self) -> None:
        self.reached, self.go, self.pieces = Event(), Event(), 0


@asynccontextmanager
async def half_made_short(journal: EventJournal, halfway: Halfway) -> AsyncIterator[None]:
    """The block decides when it goes on."""
    async with writing(journal):
        journal.compact(lambda: {"1.0"})
        await asyncio.to_thread(halfway.reached.wait)
        yield


async def test_a_journal_of_many_pieces_keeps_each_message_whole(
    long: EventJournal, path: Path
) -> None:
    async with writing(long):
        long.compact(lambda: {"1.0"})
    assert text(path) == "".join(LONG[1::3])
    assert mode(path) == 0o640


async def test_what_is_added_while_it_is_made_short_is_written_at_once_and_stays(
    long: EventJournal, path: Path, halfway: Halfway
) -> None:
    async with half_made_short(long, halfway):
        long.add(message(1000))
        long.compact(lambda: {"1.0"})  # as who follows says at each of its turns
        halfway.go.set()

        async def written() -> bool:
            return message(1000) in text(path)

        await until(written, "the message to be on the disk")
    assert text(path) == "".join(LONG[1::3]) + message(1000)
    assert halfway.pieces == len("".join(LONG)) // 2**14 + 1  # once


async def test_what_is_forgotten_while_it_is_made_short_is_gone(
    long: EventJournal, path: Path, halfway: Halfway
) -> None:
    async with half_made_short(long, halfway):
        long.forget()
        long.add(message(1000))
        halfway.go.set()
    assert text(path) == message(1000)
    assert not path.with_suffix(".part").exists()


async def test_a_call_that_ended_and_is_not_in_the_store_keeps_the_journal_whole(
    long: EventJournal, path: Path
) -> None:
    async with writing(long):
        long.compact(lambda: None)
    assert text(path) == "".join(LONG)


async def test_a_disk_without_room_for_the_short_one_leaves_the_journal_whole(
    tiny_disk: Path,
) -> None:
    path = tiny_disk / "office.ami"
    whole = "".join(LONG[:60])
    first = EventJournal(path, AMI)
    async with writing(first):
        first.add(whole)
    journal = EventJournal(path, AMI, too_long=1000)
    async with writing(journal):
        journal.compact(lambda: {"0.0", "1.0", "2.0"})
        journal.add(message(1000))
    assert text(path) == whole + message(1000)
    assert not path.with_suffix(".part").exists()
