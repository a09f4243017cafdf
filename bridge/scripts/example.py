"""An example of a call and what a script must do with it: how a company tests its own scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import Field

from bridge.domain.moments import Progress
from bridge.domain.record import CallRecord, Client, Direction
from bridge.routing.case import Case
from bridge.routing.example import ExampleCall
from bridge.scripts.actions import Answer, Question
from bridge.scripts.decide import Heard, actions
from bridge.scripts.facts import Facts, facts
from bridge.scripts.settings import Script
from bridge.scripts.words import line


class ScriptExample(ExampleCall):
    """`agents`: whom the moment is about; `talking`: who talks then; `queue` and `seconds`: where
    and how long the client waits; `answers`: what addresses and databases answer, by name; who is
    not there gives none. `expect`: every action in words, in order."""

    script: str
    expect: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    talking: tuple[str, ...] = ()
    queue: str | None = None
    waiting: int = 0
    seconds: float = 0.0
    rating: int | None = None
    answers: dict[str, Any] = Field(default_factory=dict)

    def outcome(self, script: Script, case: Case) -> list[str]:
        """What the script does, in words."""
        known, found = self._facts(script, case), []
        deciding = actions(script, known)
        action = next(deciding, None)
        while action is not None:
            found.append(line(action))
            answer = self._answer(action.name) if isinstance(action, Question) else None
            try:
                action = deciding.send(Heard(known, answer))
            except StopIteration:
                break
        return found

    def _answer(self, name: str) -> Answer:
        if name not in self.answers:
            return Answer()
        return Answer(True, 200, plain_values(self.answers[name]))

    def _facts(self, script: Script, case: Case) -> Facts:
        record = CallRecord(
            call_id="office-1",
            pbx="office",
            direction=Direction.INBOUND,
            client=Client(number=case.number, raw=self.number),
            did=case.did,
            started_at=case.at - timedelta(seconds=self.seconds),
            queue=self.queue,
            rating=self.rating,
        )
        call = Progress(record=record, talking=self.talking)
        if self.queue:
            call = replace(call, queue=self.queue, queued_at=record.started_at)
        waiting = {self.queue: self.waiting} if self.queue else {}
        words = {"key": self.key} if self.key else {}
        return facts(script.on, call, self.agents, case, waiting, words)


def plain_values(said: Any) -> Any:
    """What YAML read as text, as JSON would have it: numbers, true, false, null."""
    if isinstance(said, Mapping):
        return {name: plain_values(value) for name, value in said.items()}
    if isinstance(said, str):
        return _WORDS.get(said, _number(said))
    if isinstance(said, Iterable):
        return [plain_values(one) for one in said]
    return said


def _number(text: str) -> Any:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text


_WORDS = {"true": True, "false": False, "null": None}
