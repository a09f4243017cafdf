"""The decision: which actions a script wants, one after another, by what is known then. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bridge.domain.lines import plain
from bridge.scripts.actions import (
    Action,
    AddLabel,
    Answer,
    Ask,
    HangUp,
    MakeTask,
    Play,
    Query,
    Question,
    SetVariables,
    Tell,
    Transfer,
)
from bridge.scripts.facts import Facts
from bridge.scripts.settings import Script, Step
from bridge.texts.templates import Condition, Template

LONGEST_VALUE: Final = 255  # characters of a channel variable
_LONGEST_TEXT: Final = 1000
_LONGEST_LABEL: Final = 64
_EXTENSION: Final = re.compile(r"[\w*#+.-]{1,80}", re.ASCII)
_condition = lru_cache(maxsize=1024)(Condition)
_template = lru_cache(maxsize=4096)(Template)


@dataclass(frozen=True, slots=True)
class Unmade:
    """A step whose action cannot be made of this call, and why."""

    action: str
    why: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What there is once an action was tried: the facts of that moment, an address's answer."""

    facts: Facts
    answer: Answer | None = None


def wanted(scripts: Iterable[Script], moment: str) -> tuple[Script, ...]:
    """Those of this moment, in the order they are written."""
    return tuple(script for script in scripts if script.on == moment)


def holds(when: str | None, facts: Facts) -> bool:
    """A condition that cannot be decided by these facts does not hold."""
    if when is None:
        return True
    try:
        return _condition(when).holds(facts)
    except ValueError:
        return False


def actions(script: Script, facts: Facts) -> Generator[Action | Unmade, Heard, None]:
    """The script's actions for this call. Each is to be tried and answered by what was heard."""
    answers: dict[str, Any] = {}
    if not holds(script.when, facts):
        return
    for step in script.do:
        known = {**facts, "answers": answers}
        if not holds(step.when, known):
            continue
        action = _made(step, known)
        heard = yield action
        facts = heard.facts
        if isinstance(action, Question):
            answers[action.name] = (heard.answer or Answer()).facts()


def _made(step: Step, facts: Facts) -> Action | Unmade:
    try:
        return _MAKERS[step.action](step, facts)
    except ValueError as error:
        return Unmade(step.action, str(error))


def _text(source: str, facts: Facts, longest: int = LONGEST_VALUE) -> str:
    return plain(_template(source).render(facts), longest)


def _ask(step: Step, facts: Facts) -> Action:
    said = step.ask
    assert said is not None  # of a step whose action is `ask`
    url = plain(_template(said.url).render(facts), 2000)
    body = "" if said.method == "GET" else _body(said.body, facts)
    return Ask(said.name, url, said.method, body, said.timeout)


def _query(step: Step, facts: Facts) -> Action:
    said = step.query
    assert said is not None
    values = {name: _text(value, facts, _LONGEST_TEXT) for name, value in said.values.items()}
    return Query(said.name, said.database, said.sql, values, said.timeout)


def _body(source: str | None, facts: Facts) -> str:
    if source is not None:
        return _template(source).render(facts)
    told = {name: facts[name] for name in ("event", "agents", "client", "queue")}
    return json.dumps({**facts["record"], **told}, ensure_ascii=False)


def _play(step: Step, facts: Facts) -> Action:
    assert step.play is not None
    language = facts["record"].get("language") or facts["client"]["language"]
    return Play(step.play.prompt.sounds(language), step.play.to)


def _transfer(step: Step, facts: Facts) -> Action:
    assert step.transfer is not None
    extension = _text(step.transfer.extension, facts)
    if not _EXTENSION.fullmatch(extension):
        raise ValueError("the extension to transfer to came out empty, or is none")
    return Transfer(step.transfer.context, extension)


def _set(step: Step, facts: Facts) -> Action:
    assert step.set is not None
    return SetVariables({name: _text(value, facts) for name, value in step.set.items()})


def _tell(step: Step, facts: Facts) -> Action:
    assert step.tell is not None
    named = [_text(agent, facts) for agent in step.tell.agents] or facts["agents"]
    agents = tuple(agent for agent in dict.fromkeys(named) if agent and agent != "None")
    if not agents:
        raise ValueError("there is nobody to tell")
    return Tell(agents, _text(step.tell.text, facts, _LONGEST_TEXT))


def _label(step: Step, facts: Facts) -> Action:
    assert step.label is not None
    text = _text(step.label, facts, _LONGEST_LABEL)
    if not text:
        raise ValueError("the label came out empty")
    return AddLabel(text)


def _task(step: Step, facts: Facts) -> Action:
    said = step.task
    assert said is not None
    agent = _text(said.agent, facts) if said.agent else None
    fields = {name: _text(value, facts, _LONGEST_TEXT) for name, value in said.fields.items()}
    title = _text(said.title, facts)
    return MakeTask(title, agent if agent not in ("", "None") else None, fields)


def _hang_up(step: Step, facts: Facts) -> Action:
    return HangUp()


_MAKERS: Final[Mapping[str, Callable[[Step, Facts], Action]]] = {
    "ask": _ask,
    "query": _query,
    "play": _play,
    "transfer": _transfer,
    "set": _set,
    "tell": _tell,
    "label": _label,
    "task": _task,
    "hang_up": _hang_up,
}
