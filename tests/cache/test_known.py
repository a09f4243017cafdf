"""Who is asked for a number, and when: the cache, the index, the CRM."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bridge.cache.index import PhoneIndex
from bridge.cache.known import KnownNumbers
from bridge.cache.settings import CacheSettings
from bridge.cache.shelves import OwnMemory
from bridge.domain.counters import NoCounters
from bridge.domain.entities import EntityKind, EntityRef, Match
from bridge.domain.ports import CrmUnavailable

CLIENT = "+79161234567"
ANNA = Match(entity=EntityRef(EntityKind.CONTACT, "1"), owner="anna")
BORIS = Match(entity=EntityRef(EntityKind.CONTACT, "1"), owner="boris")
SETTINGS = CacheSettings(jitter=0)


@dataclass
class AskedCrm:
    """Answers what it is told to, once the gate is open."""

    answer: list[Match] | Exception
    asked: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def lookup(self, number: str) -> list[Match]:
        self.asked += 1
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Desk:
    def __init__(self, index: PhoneIndex | None = None, settings: CacheSettings = SETTINGS) -> None:
        self.now = 1_000_000.0
        self.crm = AskedCrm([ANNA])
        self.crm.gate.set()
        self.known = KnownNumbers(
            "crm",
            self.crm.lookup,
            OwnMemory(1000),
            settings,
            NoCounters(),
            index=index,
            now=lambda: self.now,
        )

    def later(self, **time: float) -> None:
        self.now += timedelta(**time).total_seconds()

    async def asks(self) -> tuple[Match, ...] | None:
        return await self.known.matches(CLIENT, 1.0)


async def test_a_fresh_answer_asks_nobody() -> None:
    desk = Desk()
    assert [await desk.asks(), await desk.asks()] == [(ANNA,), (ANNA,)]
    assert desk.crm.asked == 1


async def test_an_unknown_number_is_remembered_too_but_not_for_long() -> None:
    desk = Desk()
    desk.crm.answer = []
    assert [await desk.asks(), await desk.asks(), desk.crm.asked] == [(), (), 1]
    desk.later(minutes=2)
    await desk.asks()
    assert desk.crm.asked == 2


async def test_a_stale_answer_is_given_at_once_and_learned_anew_behind() -> None:
    desk = Desk()
    await desk.asks()
    desk.later(hours=1)
    desk.crm.answer = [BORIS]
    desk.crm.gate.clear()
    assert await desk.asks() == (ANNA,)
    desk.crm.gate.set()
    await desk.known._asking.settled()
    assert await desk.asks() == (BORIS,)


async def test_a_crm_that_is_down_never_empties_the_cache() -> None:
    desk = Desk()
    await desk.asks()
    desk.crm.answer = CrmUnavailable("down")
    for _ in range(3):
        desk.later(hours=10)
        assert await desk.asks() == (ANNA,)


@pytest.mark.parametrize("fault", [CrmUnavailable("down"), ZeroDivisionError("a fault of ours")])
async def test_nothing_can_tell(fault: Exception) -> None:
    desk = Desk()
    desk.crm.answer = fault
    assert await desk.asks() is None


async def test_a_hundred_calls_of_one_number_are_one_question() -> None:
    desk = Desk()
    desk.crm.gate.clear()
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(desk.asks()) for _ in range(100)]
        group.create_task(asyncio.sleep(0)).add_done_callback(lambda _: desk.crm.gate.set())
    assert ([call.result() for call in calls], desk.crm.asked) == ([(ANNA,)] * 100, 1)


async def test_a_caller_who_gives_up_leaves_the_question_to_the_next() -> None:
    desk = Desk()
    desk.crm.gate.clear()
    with pytest.raises(TimeoutError):
        await desk.known.matches(CLIENT, within=0)
    desk.crm.gate.set()
    await desk.known._asking.settled()
    assert (await desk.asks(), desk.crm.asked) == ((ANNA,), 1)


async def test_numbers_learned_together_do_not_grow_old_together() -> None:
    desk = Desk(settings=CacheSettings(jitter=0.5))
    numbers = [f"+7916{n:07}" for n in range(200)]
    for number in numbers:
        await desk.known.matches(number, 1.0)
    desk.later(minutes=7.5)
    for number in numbers:
        await desk.known.matches(number, 1.0)
    await desk.known._asking.settled()
    assert 250 < desk.crm.asked < 350


async def test_a_whole_index_needs_no_crm() -> None:
    index = PhoneIndex()
    index.put([(CLIENT, (ANNA,))])
    index.whole = True
    desk = Desk(index)
    assert [await desk.asks(), await desk.known.matches("+79160000000", 1.0)] == [(ANNA,), ()]
    assert desk.crm.asked == 0


async def test_half_an_index_does_not_call_a_client_unknown() -> None:
    desk = Desk(PhoneIndex())
    assert (await desk.asks(), desk.crm.asked) == ((ANNA,), 1)


async def test_what_another_version_kept_is_asked_anew() -> None:
    desk = Desk()
    await desk.known._shelf.put(f"crm:{CLIENT}", b"\x80nonsense", 60)
    assert await desk.asks() == (ANNA,)
