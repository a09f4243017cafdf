"""Who may send next: the most urgent, and nobody faster than the portal allows."""

from __future__ import annotations

import asyncio

from bridge.crm.limiter import Limiter, Priority


async def arrive(limiter: Limiter, order: list[str], priority: Priority) -> None:
    await limiter.turn(priority)
    order.append(priority.name)


async def test_the_most_urgent_goes_first_whoever_came_before() -> None:
    limiter, order = Limiter(rate=200, burst=1), list[str]()
    await limiter.turn(Priority.DELIVERY)
    async with asyncio.TaskGroup() as group:
        for priority in (Priority.PRELOAD, Priority.DELIVERY, Priority.LIVE, Priority.ROUTE):
            group.create_task(arrive(limiter, order, priority))
    # The first to come already stands at the gate.
    assert order == ["PRELOAD", "ROUTE", "LIVE", "DELIVERY"]


async def test_who_gives_up_lets_the_next_one_through() -> None:
    limiter, order = Limiter(rate=200, burst=1), list[str]()
    await limiter.turn(Priority.DELIVERY)
    async with asyncio.TaskGroup() as group:
        first = group.create_task(arrive(limiter, order, Priority.ROUTE))
        second = group.create_task(arrive(limiter, order, Priority.LIVE))
        group.create_task(arrive(limiter, order, Priority.DELIVERY))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
    assert order == ["DELIVERY"]


async def test_a_pause_holds_everybody() -> None:
    limiter = Limiter(rate=1000, burst=10)
    limiter.pause(0.1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await limiter.turn(Priority.ROUTE)
    assert loop.time() - began >= 0.1


async def test_after_the_burst_so_many_a_second() -> None:
    limiter = Limiter(rate=100, burst=5)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(15):
        await limiter.turn(Priority.DELIVERY)
    assert loop.time() - began >= 0.09
