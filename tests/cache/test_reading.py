"""The index is read from the built-in CRM, kept up with it, and kept from run to run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.cache.index import IndexFile, PhoneIndex
from bridge.cache.reading import Reading
from bridge.crm.builtin import BuiltinCrm
from bridge.crm.builtin.settings import BuiltinSettings
from bridge.domain.counters import NoCounters
from bridge.domain.ports import CrmUnavailable, PhoneChange, PhonePage


class CountedCrm(BuiltinCrm):
    """Counts its pages, and may fail at one of them."""

    pages = 0
    fails_at = -1
    breaks_off = False  # once, after the first change that it tells

    async def phones(self, page: str | None) -> PhonePage:
        self.pages += 1
        if self.pages == self.fails_at:
            raise CrmUnavailable("down", retry_after=0.01)
        return await super().phones(page)

    async def changes(self, since: str) -> AsyncIterator[PhoneChange]:
        async for change in super().changes(since):
            yield change
            if self.breaks_off:
                self.breaks_off = False
                raise CrmUnavailable("down", retry_after=0.01)


@pytest.fixture
async def crm(tmp_path: Path) -> AsyncIterator[CountedCrm]:
    crm = CountedCrm(BuiltinSettings(name="crm", file=tmp_path / "crm.db"))
    yield crm
    await crm.close()


async def client(crm: BuiltinCrm, number: int) -> str:
    phone = f"+7916{number:07}"
    await crm.create_contact({"name": f"client {number}", "phone": phone}, f"k{number}")
    return phone


class Run(NoCounters):
    """One run of the daemon, as far as the index goes."""

    def __init__(self, crm: BuiltinCrm, folder: Path, every: float = 0.01) -> None:
        self.index = PhoneIndex()
        self._read = asyncio.Event()
        file = IndexFile(folder / "index.db")
        self._reading = Reading(crm, self.index, file, self, every)

    async def until(self, phone: str) -> None:
        """Run until the index has this phone."""
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            running = group.create_task(self._reading.run())
            while not self.index.matches(phone):
                self._read.clear()
                await self._read.wait()
            running.cancel()

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        """It tells the number of its phones whenever it has changed."""
        self._read.set()


async def test_every_phone_is_read_then_what_changes(crm: CountedCrm, tmp_path: Path) -> None:
    phones = [await client(crm, n) for n in range(600)]
    run = Run(crm, tmp_path)
    await run.until(phones[-1])
    new = await client(crm, 700)
    await run.until(new)
    assert (len(run.index), crm.pages) == (601, 2)


async def test_the_next_run_reads_what_is_new_alone(crm: CountedCrm, tmp_path: Path) -> None:
    first = await client(crm, 1)
    await Run(crm, tmp_path).until(first)
    second = await client(crm, 2)
    run = Run(crm, tmp_path)
    await run.until(second)
    assert (bool(run.index.matches(first)), crm.pages) == (True, 1)


async def test_a_crm_that_is_away_for_a_page_is_asked_again(
    crm: CountedCrm, tmp_path: Path
) -> None:
    phones = [await client(crm, n) for n in range(600)]
    crm.fails_at = 2
    run = Run(crm, tmp_path)
    await run.until(phones[-1])
    assert (len(run.index), crm.pages) == (600, 3)


async def test_a_change_that_was_told_before_the_crm_went_away_is_not_lost(
    crm: CountedCrm, tmp_path: Path
) -> None:
    run = Run(crm, tmp_path)
    await run.until(await client(crm, 1))
    told, last = await client(crm, 2), await client(crm, 3)
    crm.breaks_off = True
    await run.until(last)
    assert run.index.matches(told)


async def test_a_phone_that_nobody_has_any_more_is_forgotten(
    crm: CountedCrm, tmp_path: Path
) -> None:
    phone = await client(crm, 1)
    run = Run(crm, tmp_path)
    await run.until(phone)
    (found,) = run.index.matches(phone) or ()
    await crm.update_contact(found.entity.id, {"phone": "+79160000009"})
    await run.until("+79160000009")
    assert run.index.matches(phone) == ()


async def test_a_change_is_there_in_a_moment_though_the_next_poll_is_far(
    crm: CountedCrm, tmp_path: Path
) -> None:
    run = Run(crm, tmp_path, every=3600)
    await run.until(await client(crm, 1))
    second = await client(crm, 2)
    await run.until(second)
    assert run.index.matches(second)


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    damaged = tmp_path / "index.db"
    damaged.write_bytes(b"no database at all" * 100)
    IndexFile(damaged).write([(79161234567, b"anna")], {})
    assert IndexFile(damaged).read() == ([(79161234567, b"anna")], {})


def test_a_file_that_is_damaged_behind_its_beginning_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "index.db"
    kept = IndexFile(file)
    kept.write([(79160000000 + n, b"anna" * 20) for n in range(2000)], {"whole": "yes"})
    whole = file.read_bytes()
    file.write_bytes(whole[:20_000] + b"Z" * 20_000 + whole[40_000:])
    assert IndexFile(file).read() == ([], {})
    kept.write([(79161234567, b"anna")], {})
    assert kept.read() == ([(79161234567, b"anna")], {})


async def test_callers_come_between_while_a_large_file_is_taken_up(
    crm: CountedCrm, tmp_path: Path
) -> None:
    run = Run(crm, tmp_path)
    phones = [(79160000000 + n, b"1[]") for n in range(20_000)]
    IndexFile(tmp_path / "index.db").write(phones, {"whole": "yes", "since": "0"})
    sizes: set[int] = set()

    async def caller() -> None:
        while len(run.index) < len(phones):
            sizes.add(len(run.index))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        calling = group.create_task(caller())
        reading = group.create_task(run._reading.run())
        await calling
        reading.cancel()
    assert len(sizes - {0}) >= 3
