"""Killed at random moments under load, against a CRM some of whose answers never come.

TORTURE says how many times (20 without it); TORTURE_SEED throws the same dice again.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest

from tests.outbox.deliverer import CLIENTS, client
from tests.outbox.http_crm import CountingCrm

ROUNDS = int(os.environ.get("TORTURE", "20"))
SEED = int(os.environ.get("TORTURE_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
CALLS = 12  # of each round
STAGES = 60  # the kill comes at one of the first so many stages of a round


class Story:
    """The rounds of one store: which calls were told to be safe, and when to kill."""

    def __init__(self, store: Path) -> None:
        self.dice = random.Random(SEED)
        self.store = store
        self.finished: set[int] = set()
        self.recorded: set[int] = set()
        self.drained = False
        self._until_kill = 0
        self._child: asyncio.subprocess.Process | None = None

    def stage(self, _what: str) -> None:
        """Something happened: at one of these moments the process is killed."""
        self._until_kill -= 1
        if self._until_kill == 0 and self._child and self._child.returncode is None:
            self._child.kill()

    async def round(self, url: str, *, kill: bool) -> None:
        """Starts where the last round was cut off, and tells a few safe calls again."""
        self._until_kill = self.dice.randrange(1, STAGES) if kill else 0
        first = max(0, len(self.finished) - 2)
        count = CALLS if kill else 2
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.outbox.deliverer", str(self.store), url, str(first), str(count)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._child.stdout is not None
        async for line in self._child.stdout:
            self._read(*line.decode().split())
        await self._child.wait()

    def _read(self, word: str, number: str = "0") -> None:
        self.drained = word == "drained"
        if word == "finished":
            self.finished.add(int(number))
        if word == "recorded":
            self.recorded.add(int(number))
        self.stage(word)


def wanted(story: Story) -> set[str]:
    """The keys that must have had their effect: each call, each recording, a lead a client.
    A lead belongs to the client's first call, whichever it was."""
    calls = {f"crm/pbx-{n}/log_call/call" for n in story.finished}
    ready = {n for n in story.finished if n % 3 or n in story.recorded}
    return calls | {f"crm/pbx-{n}/attach_recording/r1" for n in ready}


@pytest.mark.proves("S4-11", "S4-12", "S4-39", "S4-40")
@pytest.mark.torture
@pytest.mark.timeout(60 + 20 * ROUNDS)
async def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    story = Story(tmp_path / "bridge.db")
    async with CountingCrm(story.dice, story.stage) as crm:
        for _ in range(ROUNDS):
            await story.round(crm.url, kill=True)
        await story.round(crm.url, kill=False)

    told = f"TORTURE_SEED={SEED}"
    assert story.drained, told
    assert {key for key, times in crm.effects.items() if times > 1} == set(), told
    assert wanted(story) - crm.effects.keys() == set(), told

    leads = [body["phone"] for key, body in crm.bodies.items() if "/create_lead/" in key]
    assert sorted(leads) == sorted({client(n) for n in range(CLIENTS)}), told


@pytest.mark.proves("S0-14")
def test_the_story_lets_calls_of_one_client_meet() -> None:
    assert len({client(n) for n in range(CALLS)}) < CALLS
