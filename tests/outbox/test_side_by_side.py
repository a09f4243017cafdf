"""Two workers deliver side by side out of one PostgreSQL store, and one of them is killed again and
again, against a CRM some of whose answers never come.

TORTURE says how many times (6 without it); TORTURE_SEED throws the same dice again.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.lab.postgres import Server
from tests.outbox.deliverer import CLIENTS, client
from tests.outbox.http_crm import CountingCrm

ROUNDS = int(os.environ.get("TORTURE", "6"))
SEED = int(os.environ.get("TORTURE_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
CALLS = 20  # of each worker
STAGES = 120  # the kill comes at one of the first so many stages of a round


class Worker:
    """A process that finishes calls of its own and delivers whatever it can lease."""

    def __init__(self, store: str, url: str, first: int) -> None:
        self._words = (store, url, str(first), str(CALLS))
        self.finished: list[int] = []
        self.recorded: set[int] = set()
        self.drained = False
        self.process: asyncio.subprocess.Process | None = None

    async def live(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.outbox.deliverer", *self._words),
            stdout=asyncio.subprocess.PIPE,
        )
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self._read(*line.decode().split())
        await self.process.wait()

    def _read(self, word: str, number: str = "0") -> None:
        self.drained = word == "drained"
        if word == "finished":
            self.finished.append(int(number))
        if word == "recorded":
            self.recorded.add(int(number))


class Story:
    """All workers that there were, and when the next one is killed."""

    def __init__(self) -> None:
        self.dice = random.Random(SEED)
        self.workers: list[Worker] = []
        self._until_kill = 0

    def stage(self, _what: str) -> None:
        """The CRM was asked, or has done something: at one of these moments the worker dies."""
        self._until_kill -= 1
        process = self.workers[-1].process
        if self._until_kill == 0 and process and process.returncode is None:
            process.kill()

    async def round(self, store: str, url: str) -> None:
        """Both begin together; the second is killed, the first ends when all is delivered."""
        self._until_kill = self.dice.randrange(1, STAGES)
        both = [Worker(store, url, 1000 * (len(self.workers) + n)) for n in range(2)]
        self.workers += both
        await asyncio.gather(*(worker.live() for worker in both))

    def wanted(self) -> set[str]:
        """The keys that must have had their effect: each call that was told to be safe, and each
        recording."""
        return {key for worker in self.workers for key in _keys(worker)}


def _keys(worker: Worker) -> Iterator[str]:
    for number in worker.finished:
        yield f"crm/pbx-{number}/log_call/call"
        if number % 3 or number in worker.recorded:
            yield f"crm/pbx-{number}/attach_recording/r1"


def logged(crm: CountingCrm) -> dict[tuple[str, int], list[int]]:
    """The numbers of the calls of each client and worker, in the order in which they came."""
    found = defaultdict(list)
    for key in crm.bodies:
        if "/log_call/" in key:
            number = int(key.split("/")[1].removeprefix("pbx-"))
            found[client(number), number // 1000].append(number)
    return found


@pytest.mark.proves("S4-11", "S4-12", "S4-39", "S4-40", "S0-14", "S0-59")
@pytest.mark.torture
@pytest.mark.timeout(60 + 30 * ROUNDS)
async def test_each_effect_is_there_once_and_in_the_order_of_its_client(
    postgres_server: Server,
) -> None:
    story, store = Story(), postgres_server.make("side_by_side")
    async with CountingCrm(story.dice, story.stage) as crm:
        for _ in range(ROUNDS):
            await story.round(store, crm.url)

    told = f"TORTURE_SEED={SEED}"
    assert all(worker.drained for worker in story.workers[::2]), told
    assert {key for key, times in crm.effects.items() if times > 1} == set(), told
    assert story.wanted() - crm.effects.keys() == set(), told

    leads = [body["phone"] for key, body in crm.bodies.items() if "/create_lead/" in key]
    assert sorted(leads) == sorted({client(n) for n in range(CLIENTS)}), told
    assert {key: calls for key, calls in logged(crm).items() if calls != sorted(calls)} == {}, told
