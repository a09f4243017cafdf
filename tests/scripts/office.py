"""A call and a client for scripts to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from bridge.domain.call_events import CallStarted
from bridge.domain.moments import Progress, Unfolding
from bridge.domain.record import Client, Direction
from bridge.scripts.actions import Action, Answer
from bridge.scripts.decide import Heard, Unmade, actions
from bridge.scripts.facts import Facts, facts
from bridge.scripts.settings import Script, ScriptSettings
from tests.routing.office import CLIENT, SALES, case

CALL: Final = "office-1772442000.1"
AT: Final = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def began(call_id: str = CALL) -> CallStarted:
    return CallStarted(AT, call_id, Direction.INBOUND, Client(number=CLIENT, raw=CLIENT), SALES)


def call(**more: Any) -> Progress:
    """A client's call that has just begun."""
    happened = Unfolding().happened(began())
    assert happened is not None
    return replace(happened.now, **more)


def seen(event: str = "answered", agents: tuple[str, ...] = ("101",), **said: Any) -> Facts:
    """What a script sees of it; `said` of the case."""
    return facts(event, call(talking=agents), agents, case(**said), {"sales": 2}, {"key": "2"})


def script(*steps: dict[str, Any], **more: Any) -> Script:
    return Script.model_validate({"name": "one", "on": "answered", "do": list(steps), **more})


def settings(*scripts: Script, **more: Any) -> ScriptSettings:
    return ScriptSettings(items=scripts, **more)


def decided(one: Script, known: Facts, answer: Answer | None = None) -> list[Action | Unmade]:
    """Every action, each address giving this answer."""
    found, deciding = [], actions(one, known)
    action = next(deciding, None)
    while action is not None:
        found.append(action)
        try:
            action = deciding.send(Heard(known, answer))
        except StopIteration:
            break
    return found
