"""Tasks: what happens when one fails, and in which order they end."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from structlog.testing import capture_logs

from bridge.observe.tasks import Tasks, backoff


class Counting:
    def __init__(self) -> None:
        self.counted: Counter[tuple[str, str]] = Counter()

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        self.counted[name, labels["task"]] += int(amount)

    def gauge(self, name: str, value: float, /, **labels: str) -> None: ...
    def seconds(self, name: str, value: float, /, **labels: str) -> None: ...


async def test_a_task_that_fails_starts_again() -> None:
    counters, done = Counting(), asyncio.Event()
    tasks = Tasks(counters, wait=lambda failures: 0)

    async def work() -> None:
        if counters.counted["task_failures", "reader"] < 3:
            raise OSError("the wire is cut")
        done.set()
        await asyncio.Event().wait()

    with capture_logs() as lines:
        tasks.keep("reader", work)
        await done.wait()
        await tasks.stop()
    failures = [
        (line["task"], line["failures"]) for line in lines if "task.failed" in line["event"]
    ]
    assert failures == [("reader", 1), ("reader", 2), ("reader", 3)]


async def test_a_task_that_returns_though_nobody_asked_starts_again_too() -> None:
    runs, again = Counter[str](), asyncio.Event()

    async def work() -> None:
        runs["work"] += 1
        if runs["work"] == 2:
            again.set()

    tasks = Tasks(wait=lambda failures: 0)
    with capture_logs() as lines:
        tasks.keep("reader", work)
        await again.wait()
        await tasks.stop()
    assert "task.failed" in {line["event"] for line in lines}


async def test_a_background_task_that_fails_is_logged_and_counted() -> None:
    counters, failed = Counting(), asyncio.Event()

    async def work() -> None:
        raise ValueError("no such call")

    tasks = Tasks(counters, report=lambda name, running: failed.set())
    with capture_logs() as lines:
        tasks.once("pop", work())
        await failed.wait()
    assert (counters.counted, lines[0]["exc_info"]) == ({("task_failures", "pop"): 1}, True)


async def test_the_last_started_ends_first_and_finishes_what_is_in_flight() -> None:
    told: list[str] = []
    tasks, running = Tasks(), asyncio.Semaphore(0)

    def member(name: str) -> None:
        asked = asyncio.Event()

        async def work() -> None:
            running.release()
            await asked.wait()
            told.append(f"{name} asked")
            await asyncio.sleep(0)
            told.append(f"{name} finished")

        tasks.keep(name, work, stop=asked.set)

    for name in ("store", "delivery", "reader"):
        member(name)
        await running.acquire()
    late = await tasks.stop()
    assert (late, told) == (
        [],
        [f"{name} {word}" for name in ("reader", "delivery", "store")
         for word in ("asked", "finished")],
    )  # fmt: skip


async def test_one_that_does_not_end_leaves_the_others_their_time() -> None:
    saved, started = asyncio.Event(), asyncio.Event()
    tasks, asked = Tasks(), asyncio.Event()

    async def save() -> None:
        await asked.wait()
        saved.set()

    async def stuck() -> None:
        started.set()
        await asyncio.Event().wait()

    tasks.keep("store", save, stop=asked.set)
    tasks.keep("reader", stuck, stop=lambda: None)
    await started.wait()
    late = await tasks.stop(within=0.5)
    assert (late, saved.is_set()) == (["reader"], True)


async def test_one_that_cannot_be_ended_holds_up_nobody() -> None:
    holding, release = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                holding.set()
                await release.wait()
            except asyncio.CancelledError:
                continue

    tasks = Tasks()
    tasks.keep("stubborn", stubborn)
    await holding.wait()
    assert await tasks.stop(within=0.3) == ["stubborn"]
    release.set()


async def test_a_task_waiting_to_start_again_ends_at_once() -> None:
    failed = asyncio.Event()

    async def work() -> None:
        raise OSError

    def report(name: str, running: bool) -> None:
        if not running:
            failed.set()

    tasks = Tasks(wait=lambda failures: 3600, report=report)
    tasks.keep("reader", work, stop=lambda: None)
    await failed.wait()
    assert await tasks.stop() == []


@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (2, 2), (5, 16), (6, 30), (9999, 30)])
def test_the_wait_grows_and_is_bounded(failures: int, seconds: float) -> None:
    assert backoff(failures) == seconds
