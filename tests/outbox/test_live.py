"""The perishable lane: what a CRM is told of a call while it rings, and what it is spared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import pytest

from bridge.domain.call_events import CallEvent, CallFinished
from bridge.domain.ports import Capability
from bridge.outbox.live import LiveLane, LiveSettings
from bridge.storage.store import Store
from tests.lab.wait import until
from tests.outbox.conftest import Counted, Desk, StillClock
from tests.outbox.fake_crm import LOST, TRY_LATER, FakeCrm, destination
from tests.outbox.test_card import ID, dialled, rings, started, stops, talk
from tests.rules.office import USERS, call

KEY = f"crm/{ID}/announce/call"
ANNA, BORIS = (USERS[extension] for extension in list(USERS)[:2])
A, B = list(USERS)[:2]
FINISHED = CallFinished(call(call_id=ID))


class Live:
    """A lane at work, and the moments of its clock."""

    def __init__(self, lane: LiveLane, crm: FakeCrm, clock: StillClock, counted: Counted) -> None:
        self.lane = lane
        self.crm = crm
        self.clock = clock
        self.counted = counted

    def tell(self, *events: CallEvent | Iterable[CallEvent]) -> None:
        for event in events:
            for one in [event] if not isinstance(event, Iterable) else event:
                self.lane.tell(one)

    async def until_asked(self, *what: str) -> None:
        """The CRM was asked for this, in this order, and for no more."""

        async def enough() -> bool:
            return len(self.crm.asked) >= len(what)

        await until(enough, f"the CRM to be asked for {what[-1]}")
        assert self.crm.asked == list(what)

    async def a_moment(self) -> None:
        """The time in which changes of a card are gathered goes by."""
        async with asyncio.timeout(10):
            await self.clock.waits.acquire()
        self.clock.move(timedelta(seconds=0.3))


@pytest.fixture
def settings() -> LiveSettings:
    return LiveSettings()


@pytest.fixture
async def live(
    store: Store, crm: FakeCrm, clock: StillClock, settings: LiveSettings
) -> AsyncIterator[Live]:
    counted = Counted()
    lane = LiveLane(destination(crm), store, clock=clock, counters=counted, settings=settings)
    async with asyncio.TaskGroup() as group:
        group.create_task(lane.run())
        await asyncio.sleep(0)
        yield Live(lane, crm, clock, counted)
        lane.stop()


async def test_the_first_ring_announces_and_the_answer_closes_the_other_cards(live: Live) -> None:
    live.tell(started(), rings(A, B))
    await live.until_asked(KEY)
    await live.a_moment()
    await live.until_asked(KEY, f"show {BORIS}")
    live.tell(talk(B), stops(A, B))
    await live.a_moment()
    await live.until_asked(KEY, f"show {BORIS}", f"hide {ANNA}")
    assert live.crm.cards == {"1": [BORIS]}


async def test_the_durable_log_goes_on_from_the_handle(live: Live, desk: Desk) -> None:
    live.tell(started(), rings(A))
    await live.until_asked(KEY)
    await live.a_moment()
    live.tell(FINISHED)
    await desk.finish(call(call_id=ID))
    await desk.deliver()
    announced = live.crm.announced[ID]
    assert announced is not None
    assert announced.call is not None
    assert (announced.key, announced.handle, announced.call.user) == (KEY, "1", ANNA)


async def test_an_answer_that_was_lost_leaves_no_handle_and_is_not_asked_for_again(
    live: Live, desk: Desk
) -> None:
    live.crm.answers.append(LOST)
    live.tell(started(), rings(A))
    await live.until_asked(KEY)
    live.tell(rings(B), FINISHED)
    await desk.finish(call(call_id=ID))
    await desk.deliver()
    announced = live.crm.announced[ID]
    assert announced is not None
    assert (announced.handle, live.crm.effects[KEY]) == (None, 1)


async def test_a_refused_announcement_is_counted_and_left_alone(live: Live) -> None:
    live.crm.answers.append(TRY_LATER)
    live.tell(started(), rings(A))
    await live.until_asked(KEY)
    live.tell(rings(B))
    live.tell(dialled(A, "pbx-2.2"))
    await live.until_asked(KEY, "crm/pbx-2.2/announce/call")
    assert live.counted.times["live_writes crm announce try_later"] == 1


async def test_what_waited_too_long_for_its_turn_is_dropped(
    live: Live, settings: LiveSettings
) -> None:
    live.crm.gate = asyncio.Event()
    for number in range(settings.abreast + 1):
        live.tell(dialled(A, f"pbx-{number}"))
    for _ in range(settings.abreast):
        await live.crm.at_the_gate.acquire()
    live.clock.move(timedelta(seconds=6))
    live.crm.gate.set()

    async def dropped() -> bool:
        return live.counted.times["live_dropped crm late"] == 1

    await until(dropped, "the last one to be dropped")
    assert len(live.crm.asked) == settings.abreast


async def test_a_call_that_is_over_is_not_announced(
    store: Store, crm: FakeCrm, clock: StillClock
) -> None:
    lane = LiveLane(
        destination(crm), store, clock=clock, counters=Counted(), settings=LiveSettings()
    )
    for event in [started(), *rings(A), FINISHED]:
        lane.tell(event)
    lane.stop()
    await lane.run()
    assert crm.asked == []


async def test_a_call_of_the_last_process_goes_on_with_its_handle(
    store: Store, crm: FakeCrm, clock: StillClock
) -> None:
    first, second = [
        Live(
            LiveLane(
                destination(crm), store, clock=clock, counters=Counted(), settings=LiveSettings()
            ),
            crm,
            clock,
            Counted(),
        )
        for _ in range(2)
    ]
    async with asyncio.TaskGroup() as group:
        group.create_task(first.lane.run())
        await asyncio.sleep(0)
        first.tell(started(), rings(A))
        await first.until_asked(KEY)
        await first.a_moment()
        first.lane.stop()
    clock.waits = asyncio.Semaphore(0)
    second.tell(started(), rings(A))  # out of the journal
    async with asyncio.TaskGroup() as group:
        group.create_task(second.lane.run())
        await asyncio.sleep(0)
        second.tell(rings(B))
        await second.a_moment()
        await second.until_asked(KEY, f"show {BORIS}")
        second.lane.stop()
    assert crm.cards == {"1": [ANNA, BORIS]}


async def test_a_click_in_the_crm_is_not_announced_again(live: Live) -> None:
    live.crm.cards["h"] = [ANNA]
    live.lane.tell(dialled(A), "h")
    live.tell(rings(B))  # a transfer
    await live.a_moment()
    await live.until_asked(f"show {BORIS}")


async def test_a_crm_without_cards_is_told_nothing(
    store: Store, crm: FakeCrm, clock: StillClock
) -> None:
    crm.capabilities.discard(Capability.LIVE)
    lane = LiveLane(
        destination(crm), store, clock=clock, counters=Counted(), settings=LiveSettings()
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(lane.run())
        await asyncio.sleep(0)
        for event in [started(), *rings(A), FINISHED]:
            lane.tell(event)
        lane.stop()
    assert crm.asked == []


async def test_what_a_crm_lacks_is_told_once_it_answers(
    store: Store, crm: FakeCrm, clock: StillClock
) -> None:
    crm.missing = {"scope im": "nobody is notified"}
    told: list[tuple[str, str]] = []
    lane = LiveLane(
        destination(crm),
        store,
        clock=clock,
        counters=Counted(),
        settings=LiveSettings(announce=False),
        told=lambda state, missing: told.append((state, missing)),
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(lane.run())
        await asyncio.sleep(0)
        lane.stop()
    assert told == [("lacks something", "scope im: nobody is notified")]
