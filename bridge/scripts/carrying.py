"""Carrying out one script in one call: step by step, under its deadline, each action once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import structlog
from structlog.contextvars import bound_contextvars

from bridge.domain.counters import Counters
from bridge.domain.moments import Progress
from bridge.domain.routes import Asked
from bridge.routing.case import Case
from bridge.scripts.actions import WORDS, Action, Answer, Question
from bridge.scripts.decide import Heard, Unmade, actions
from bridge.scripts.facts import Facts, facts
from bridge.scripts.ports import Addresses, NotDone, Sight
from bridge.scripts.settings import Script

_FOR_QUESTIONS: Final = 0.8  # of the time that is left

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Spent:
    """What scripts have used up of one call; `over` once the call has ended."""

    actions: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One script in one call: `now` gives the call as it is then, `do` does what is wanted and
    raises NotDone. `id` is the run's own, `most` what all scripts may do in this call."""

    script: Script
    call_id: str
    id: str
    event: str
    agents: tuple[str, ...]
    asked: Asked
    spent: Spent
    most: int
    now: Callable[[Case], Progress]
    do: Callable[[Action, Case], Awaitable[None]]


class Carrier:
    """`waiting` tells how many clients wait in each queue."""

    def __init__(
        self,
        sight: Sight,
        addresses: Addresses,
        counters: Counters,
        waiting: Callable[[], Mapping[str, int]],
    ) -> None:
        self._sight = sight
        self._addresses = addresses
        self._counters = counters
        self._waiting = waiting

    async def carry_out(self, run: Run) -> bool:
        """Whether it came to its end. What is left when the deadline comes is dropped."""
        with bound_contextvars(call_id=run.call_id):
            return await self._within(run)

    async def _within(self, run: Run) -> bool:
        until = asyncio.get_running_loop().time() + run.script.within
        try:
            async with asyncio.timeout_at(until):
                done = await self._steps(run, until)
        except TimeoutError:
            log.warning("script.late", script=run.script.name, within=run.script.within)
            self.ended(run.script, "deadline")
            return False
        self.ended(run.script, "done" if done else "not_wanted")
        return True

    def ended(self, script: Script, outcome: str) -> None:
        self._counters.count("script_runs", script=script.name, outcome=outcome)

    async def _steps(self, run: Run, until: float) -> int:
        """How many actions it wanted."""
        case = await self._sight.case(run.asked)
        deciding, count = actions(run.script, self._facts(run, case)), 0
        questions = sum(step.question is not None for step in run.script.do)
        action = next(deciding, None)
        while action is not None:
            count += 1
            if isinstance(action, Question):
                left = until - asyncio.get_running_loop().time()
                action = replace(action, timeout=share(action.timeout, left, questions))
                questions -= 1
            answer = await self._try(run, action, case)
            action = _next(deciding, Heard(self._facts(run, case), answer))
        return count

    def _facts(self, run: Run, case: Case) -> Facts:
        """As things are now."""
        seen = replace(case, at=datetime.now(UTC), presence=self._sight.presence())
        return facts(run.event, run.now(case), run.agents, seen, self._waiting(), run.asked.words)

    async def _try(self, run: Run, action: Action | Unmade, case: Case) -> Answer | None:
        """One action, whose failure costs nothing but itself."""
        if isinstance(action, Unmade):
            self._acted(run, action.action, "unmade", action.why)
            return None
        word = WORDS[type(action)]
        if run.spent.actions >= run.most:
            self._acted(run, word, "too_many", "scripts.most_actions is reached in this call")
            return None
        run.spent.actions += 1
        if isinstance(action, Question):
            answer = await self._addresses.ask(action, run.event, f"{run.id}/{action.name}")
            self._acted(run, word, "done" if answer.ok else "failed")
            return answer
        try:
            await run.do(action, case)
        except NotDone as error:
            self._acted(run, word, "failed", str(error))
        else:
            self._acted(run, word, "done")
        return None

    def _acted(self, run: Run, action: str, outcome: str, why: str = "") -> None:
        name = run.script.name
        self._counters.count("script_actions", script=name, action=action, outcome=outcome)
        if why:
            log.warning("script.not_done", script=name, action=action, why=why)


def share(timeout: float, left: float, questions: int) -> float:
    """Seconds that one question gets, so that addresses that hang leave time for the other steps:
    at most its even part of four fifths of what is left."""
    return max(0.001, min(timeout, left * _FOR_QUESTIONS / max(1, questions)))


def _next(
    deciding: Generator[Action | Unmade, Heard, None], heard: Heard
) -> Action | Unmade | None:
    try:
        return deciding.send(heard)
    except StopIteration:
        return None
