"""kill -9 between every two steps of a delivery: after the next start every call is there once.

Each kill is of a real process, once for each of its steps, one test after the other in order: at
each request to the portal, before and after it was carried out, and at each transaction of the
store, before and after.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.crm.bitrix24.harness import PATIENT, furnish, settings
from tests.delivery.calls import STORY, Begun, add_clients, click
from tests.delivery.deliverer import Task, deliver
from tests.delivery.judge import complaints
from tests.portals.bitrix24.faults import Fault, Faults, Kind
from tests.portals.bitrix24.portal import Portal

# A stranger twice, and a client who makes a repeat lead; what rang in the portal; what was clicked.
TALES: Final = {"plain": (0, 2, 3), "rang": (6,), "clicked": (8,)}
tales: Final = pytest.mark.parametrize("calls", TALES.values(), ids=TALES)
_PATIENCE: Final = 30  # seconds for one life

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.delivery.deliverer"])


class Watched(Faults):
    """Tells of each request before anything is done; one that killed its sender has no effect."""

    def __init__(self, watch: Callable[[], bool]) -> None:
        super().__init__()
        self._watch = watch

    def request(self, name: str, inner: tuple[str, ...]) -> Fault | None:
        return Fault(kind=Kind.CUT) if self._watch() else super().request(name, inner)


class WatchedPortal(Portal):
    """Kills the deliverer at a certain stage: a request arrives, or was carried out."""

    def __init__(self, kills_at: int | None) -> None:
        super().__init__(allowance=PATIENT)
        self.faults = Watched(self.stage)
        self.victim: multiprocessing.process.BaseProcess | None = None
        self._kills_at = kills_at
        self._stages = 0

    def stage(self) -> bool:
        """Whether this was the last."""
        self._stages += 1
        last = self._stages == self._kills_at
        if last and self.victim is not None:
            self.victim.kill()
        return last

    async def note(self, methods: tuple[str, ...], status: int | None) -> None:
        self.stage()
        await super().note(methods, status)


class Life:
    """One store and one portal, and those who deliver from the one to the other."""

    def __init__(self, folder: Path, portal: WatchedPortal, calls: tuple[int, ...]) -> None:
        folder.mkdir()
        self._folder, self._portal, self._calls = folder, portal, calls
        self._rings = True
        self._settings = settings(portal, folder / "tokens", timeout=1.0)
        portal.doubts.finish_looks_again = False  # the harder reading
        furnish(portal)
        add_clients(portal)
        clicked = [n for n in calls if STORY[n].begun in (Begun.CLICKED, Begun.TYPED)]
        self._clicked = tuple((number, click(portal, number)) for number in clicked)

    async def deliver(self, dies_at: int | None = None) -> bool:
        """Whether the process lived to the end."""
        task = Task(
            store=str(self._folder / "bridge.db"),
            folder=self._folder,
            settings=self._settings,
            calls=self._calls,
            clicked=self._clicked,
            rings=self._rings,
            dies_at=dies_at,
        )
        self._rings = False
        victim = processes.Process(target=deliver, args=(task,))
        self._portal.victim = victim
        victim.start()
        await asyncio.to_thread(victim.join, _PATIENCE)
        return victim.exitcode == 0


@pytest.mark.proves("S4-11", "S4-12", "S4-39", "S4-40")
@pytest.mark.timeout(300)
@tales
async def test_killed_at_each_request(tmp_path: Path, calls: tuple[int, ...]) -> None:
    for step in itertools.count(1):
        async with WatchedPortal(kills_at=step) as portal:
            life = Life(tmp_path / str(step), portal, calls)
            lived = await life.deliver()
            assert await life.deliver()
            assert (step, complaints(portal, without(calls))) == (step, [])
        if lived:
            break
    assert step > 10


@pytest.mark.proves("S4-11", "S4-12", "S4-39", "S4-40")
@pytest.mark.timeout(300)
@tales
async def test_killed_at_each_transaction(tmp_path: Path, calls: tuple[int, ...]) -> None:
    for step in itertools.count(1):
        async with WatchedPortal(kills_at=None) as portal:
            life = Life(tmp_path / str(step), portal, calls)
            lived = await life.deliver(dies_at=step)
            assert await life.deliver()
            assert (step, complaints(portal, without(calls))) == (step, [])
        if lived:
            break
    assert step > 10


def without(calls: tuple[int, ...]) -> list[str]:
    return [f"call {number}" for number in range(len(STORY)) if number not in calls]
