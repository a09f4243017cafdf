"""Scripts beside calls: begun in time or not at all, bounded, and never twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bridge.agi.scripted import told
from bridge.domain.call_events import CallFinished, ClientQueued, TalkChanged
from bridge.domain.counters import NoCounters
from bridge.domain.routes import Asked
from bridge.routing.case import Case
from bridge.routing.presence import Presence
from bridge.scripts.actions import Action, AddLabel, Answer, Question, Wanted
from bridge.scripts.ports import NotDone
from bridge.scripts.running import Scripts
from bridge.scripts.sense import outlasting
from bridge.scripts.settings import Script
from tests.routing.office import case
from tests.rules.office import call as finished
from tests.scripts.office import AT, CALL, began, script, settings

TALK = TalkChanged(AT, CALL, ("101",))


class World(NoCounters):
    """Everything outside: knows the client, does what is wanted, and remembers it."""

    def __init__(self) -> None:
        self.done: list[Action] = []
        self.ended: Counter[str] = Counter()
        self.acted: Counter[str] = Counter()
        self.refuses = self.hangs = self.silent = False
        self.asked = asyncio.Event()
        self._changed = asyncio.Event()

    async def case(self, asked: Asked) -> Case:
        return case(number=asked.number)

    def presence(self) -> Mapping[str, Presence]:
        return {"101": Presence.IN_USE}

    async def do(self, call_id: str, action: Action, case: Case) -> None:
        if self.refuses:
            raise NotDone("no")
        self.done.append(action)

    async def ask(self, question: Question, event: str, id: str) -> Answer:
        self.asked.set()
        if self.hangs:
            await asyncio.Event().wait()
        if self.silent:
            await asyncio.sleep(question.timeout)
            return Answer()
        return Answer(True, 200, {"id": id})

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        counted = self.ended if name == "script_runs" else self.acted
        counted[labels["outcome"]] += 1
        self._changed.set()

    async def until(self, outcome: str, times: int = 1) -> None:
        async with asyncio.timeout(5):
            while self.ended[outcome] < times:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def running(*scripts: Script, **more: Any) -> AsyncIterator[tuple[Scripts, World]]:
    world = World()
    scripts_at_work = Scripts(settings(*scripts, **more), world, world, world, world)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(scripts_at_work.run())
        await asyncio.sleep(0)
        yield scripts_at_work, world
        scripts_at_work.stop()
        await task


LABEL = {"label": "{{ agents | join }}"}


@pytest.mark.proves("S2-36")
async def test_a_script_runs_at_its_moment_and_once_in_a_call() -> None:
    async with running(script(LABEL)) as (scripts, world):
        for event in (began(), TALK, TalkChanged(AT, CALL, ()), TALK):
            scripts.tell(event)
        await world.until("done")
    assert world.done == [AddLabel("101")]


async def test_what_the_last_process_was_told_is_not_done_again() -> None:
    world = World()
    scripts = Scripts(settings(script(LABEL)), world, world, world, world)
    scripts.tell(began())
    scripts.tell(TALK)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(scripts.run())
        await asyncio.sleep(0)
        scripts.tell(CallFinished(finished(call_id=CALL)))
        scripts.stop()
        await task
    assert (world.done, world.ended) == ([], Counter())


@pytest.mark.proves("S2-37")
async def test_an_address_that_hangs_costs_its_script_alone_and_no_longer_than_its_deadline() -> (
    None
):
    slow = script({"ask": "http://debts.example/"}, LABEL, within=0.05)
    quick = script(LABEL, name="quick")
    async with running(slow, quick) as (scripts, world):
        world.hangs = True
        scripts.tell(began())
        scripts.tell(TALK)
        await world.until("deadline")
        await world.until("done")
    assert world.done == [AddLabel("101")]


async def test_all_scripts_together_do_so_many_actions_in_a_call_and_no_more() -> None:
    round_and_round = script(LABEL, on="transferred", times=20)
    async with running(round_and_round, most_actions=3) as (scripts, world):
        scripts.tell(began())
        scripts.tell(TALK)
        for turn in range(6):
            scripts.tell(TalkChanged(AT, CALL, (str(200 + turn),)))
        await world.until("done", 6)
    assert (len(world.done), world.acted["too_many"]) == (3, 3)


@pytest.mark.proves("S2-36")
async def test_a_client_who_still_waits_after_so_long() -> None:
    one = script({"label": "{{ queue.name }}"}, on="queued", after=0.02, when="not talking")
    async with running(one) as (scripts, world):
        scripts.tell(began())
        scripts.tell(ClientQueued(AT, CALL, "sales"))
        await world.until("done")
    assert world.done == [AddLabel("sales")]


async def test_a_client_who_was_answered_meanwhile() -> None:
    one = script(LABEL, on="queued", after=0.02, when="not talking")
    async with running(one) as (scripts, world):
        for event in (began(), ClientQueued(AT, CALL, "sales"), TALK):
            scripts.tell(event)
        await world.until("not_wanted")
    assert world.done == []


async def test_what_waits_for_a_call_that_ends_is_dropped_at_once() -> None:
    patient = script(LABEL, on="queued", after=3600)
    last = script({"tell": {"text": "over", "agents": ["101"]}}, name="last", on="finished")
    async with running(patient, last) as (scripts, world):
        scripts.tell(began())
        scripts.tell(ClientQueued(AT, CALL, "sales"))
        scripts.tell(CallFinished(finished(call_id=CALL)))
        await world.until("done")
    assert len(world.done) == 1


async def test_an_action_that_fails_is_counted_and_the_next_one_follows() -> None:
    async with running(script(LABEL, {"label": "second"})) as (scripts, world):
        world.refuses = True
        scripts.tell(began())
        scripts.tell(TALK)
        await world.until("done")
    assert world.acted["failed"] == 2


@pytest.mark.proves("S2-32", "S2-28")
async def test_the_dialplan_asks_and_is_told_what_to_do() -> None:
    one = script({"label": "{{ asked.key }}"}, on="asked", name="debtor")
    async with running(one) as (scripts, world):
        scripts.tell(began())
        asked = Asked(number="+79161234567", uniqueid="1772442000.1", words={"key": "2"})
        assert await scripts.answer("debtor", asked) == Wanted((AddLabel("2"),))
        assert await scripts.answer("nobody", asked) is None
    assert world.done == []


async def test_the_dialplan_may_ask_before_the_pbx_has_told_of_the_call() -> None:
    one = script({"label": "{{ record.client.number }}, {{ record.did }}"}, on="asked")
    async with running(one) as (scripts, _):
        asked = Asked(number="+79161234567", uniqueid="1772442000.1")
        label = AddLabel("+79161234567, +74951234501")
        assert await scripts.answer("one", asked) == Wanted((label,))


ASKED = Asked(number="+79161234567", uniqueid="1772442000.1")
HUNG = {"ask": "http://debts.example/"}


async def test_two_questions_to_an_address_that_hangs_leave_time_for_the_rest() -> None:
    one = script(HUNG, HUNG, {"label": "left"}, on="asked", within=0.5)
    async with running(one) as (scripts, world):
        world.silent = True
        assert await scripts.answer("one", ASKED) == Wanted((AddLabel("left"),))


async def test_the_dialplan_is_told_that_a_script_was_cut_short() -> None:
    one = script({"label": "first"}, HUNG, {"label": "second"}, on="asked", within=0.05)
    async with running(one) as (scripts, world):
        world.hangs = True
        wanted = await scripts.answer("one", ASKED)
    assert wanted == Wanted((AddLabel("first"),), late=True)
    assert told(wanted)[-1]["BRIDGE_SCRIPT"] == "LATE"


@pytest.mark.parametrize(("on", "within"), [("asked", 2.5), ("answered", 5.0)])
def test_a_script_that_the_dialplan_waits_for_ends_before_it_stops_waiting(
    on: str, within: float
) -> None:
    assert script(LABEL, on=on).within == within


@pytest.mark.parametrize(
    ("on", "within", "places"),
    [("asked", 2.9, []), ("asked", 3, [0]), ("answered", 5, [])],
)
def test_a_script_that_outlasts_the_dialplan_is_seen(
    on: str, within: float, places: list[int]
) -> None:
    assert list(outlasting(settings(script(LABEL, on=on, within=within)))) == places


async def test_new_settings_count_from_the_next_moment_on() -> None:
    async with running(script(LABEL)) as (scripts, world):
        scripts.tell(began())
        scripts.settings = settings(script({"label": "new"}, name="new"))
        scripts.tell(TALK)
        await world.until("done")
    assert world.done == [AddLabel("new")]


async def test_a_stop_waits_for_no_address() -> None:
    async with running(script({"ask": "http://debts.example/"}, within=60)) as (scripts, world):
        world.hangs = True
        scripts.tell(began())
        scripts.tell(TALK)
        async with asyncio.timeout(5):
            await world.asked.wait()
    assert world.done == []
