"""The journal: what a restart finds of the calls in progress."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.ami.replay import pbx_events
from bridge.storage.event_journal import EventJournal
from tests.tracker.recorded import all_recorded


def message(uniqueid: str) -> str:
    return f"Event: Hangup\r\nUniqueid: {uniqueid}\r\nLinkedid: {uniqueid}\r\n\r\n"


async def written(journal: EventJournal) -> None:
    """Everything that was added is in the file."""
    journal.stop()
    await journal.run()


def text(path: Path) -> str:
    return b"".join(EventJournal(path).read()).decode()


async def test_what_was_added_is_read_back_in_order(tmp_path: Path) -> None:
    journal = EventJournal(tmp_path / "journal" / "office.ami")
    journal.add(message("1.1"))
    journal.add(message("1.2"))
    await written(journal)
    assert text(tmp_path / "journal" / "office.ami") == message("1.1") + message("1.2")


async def test_a_recorded_call_comes_back_as_the_same_events(tmp_path: Path) -> None:
    call = next(each for each in all_recorded() if each.name == "attended_refer_completed")
    file = tmp_path / "office.ami"
    journal = EventJournal(file)
    journal.add(call.capture().decode())
    await written(journal)
    back = list(pbx_events(EventJournal(file).read(), lambda damage: None))
    assert back == call.events()


async def test_when_no_call_is_left_the_file_is_emptied(tmp_path: Path) -> None:
    journal = EventJournal(tmp_path / "office.ami")
    journal.add(message("1.1"))
    journal.forget()
    journal.add(message("1.2"))
    await written(journal)
    assert text(tmp_path / "office.ami") == message("1.2")


async def test_a_long_journal_keeps_only_the_channels_that_matter(tmp_path: Path) -> None:
    file = tmp_path / "office.ami"
    before = EventJournal(file)
    before.add("".join(message(f"1.{n}") for n in range(100)) + "Event: BridgeLinkLost\r\n\r\n")
    await written(before)
    journal = EventJournal(file, too_long=1000)
    journal.compact(lambda: {"1.7"})
    journal.add(message("2.1"))
    await written(journal)
    assert text(file) == message("1.7") + "Event: BridgeLinkLost\r\n\r\n" + message("2.1")


async def test_a_full_disk_loses_nothing_that_was_added(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    journal = EventJournal(folder / "office.ami")
    journal.add(message("1.1"))
    with refused(folder):
        journal.stop()
        failed = await asyncio.gather(journal.run(), return_exceptions=True)
    assert isinstance(failed[0], OSError)
    await written(journal)
    assert text(folder / "office.ami") == message("1.1")


@contextmanager
def refused(folder: Path) -> Iterator[None]:
    """A disk that takes nothing: a file stands where the folder must be."""
    folder.write_text("")
    yield
    folder.unlink()
