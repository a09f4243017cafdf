"""The door to the dialplan is opened when the daemon has come to rest, and in time all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from bridge.app import opening
from bridge.app.opening import Opening
from bridge.observe.health import Health

SLOW = 0.03  # seconds that one piece of what was left takes


def doing(what: str, done: list[str]) -> Callable[[], Awaitable[None]]:
    async def do() -> None:
        done.append(what)

    return do


async def busy(pieces: int, done: list[str]) -> None:
    """Blocks the loop, again and again."""
    for _ in range(pieces):
        until = time.perf_counter() + SLOW
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0)
    done.append("at rest")


async def test_nobody_is_let_in_while_the_start_still_works() -> None:
    done: list[str] = []
    health = Health()
    door = Opening(doing("open", done), doing("tried", done), health)
    before = health.ready
    async with asyncio.TaskGroup() as group:
        group.create_task(busy(10, done))
        group.create_task(door.run())
    assert done == ["tried", "at rest", "open"]
    assert (before, health.ready) == (False, True)


@pytest.mark.parametrize(("hangs", "rests"), [(True, True), (False, False), (True, False)])
async def test_whatever_the_start_waits_for_it_is_opened_in_the_end(
    monkeypatch: pytest.MonkeyPatch, hangs: bool, rests: bool
) -> None:
    monkeypatch.setattr(opening, "_WITHIN", 0.3)
    done: list[str] = []
    working = asyncio.ensure_future(busy(0 if rests else 1000, []))

    async def hang() -> None:
        await asyncio.Event().wait()

    try_out = hang if hangs else doing("tried", done)
    await Opening(doing("open", done), try_out, Health()).run()
    working.cancel()
    assert done == [*([] if hangs else ["tried"]), "open"]


async def test_a_daemon_that_stops_meanwhile_lets_nobody_in() -> None:
    done: list[str] = []
    await Opening(doing("open", done), doing("tried", done), Health(), lambda: True).run()
    assert done == ["tried"]
