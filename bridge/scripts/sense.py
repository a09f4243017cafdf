"""What no single step can see: answers that nobody has asked for, and the rights they need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bridge.scripts.settings import ASKED, DIALPLAN_WAITS, Script, ScriptSettings

_ANSWER: Final = re.compile(r"\banswers\s*(?:\.\s*(\w+)|\[\s*['\"](\w+)['\"]\s*\])")

# What a step at a moment of a call needs of `write` of the AMI user (docs/ami.md).
_RIGHTS: Final = {
    "play": "originate",
    **dict.fromkeys(("transfer", "set", "label", "hang_up"), "call"),
}


def rights(settings: ScriptSettings) -> tuple[str, ...]:
    """Which rights these scripts need; when the dialplan asks it acts by itself."""
    steps = (step for one in settings.items if one.on != ASKED for step in one.do)
    needed = (_RIGHTS.get(step.action, "") for step in steps)
    return tuple(sorted(filter(None, {*needed})))


def unasked(script: Script) -> Iterator[tuple[int, str]]:
    """Place of the step, and the name of an answer that no step before it brings."""
    asked: set[str] = set()
    for place, step in enumerate(script.do):
        told = " ".join(_texts(step.model_dump()))
        for found in _ANSWER.finditer(told):
            name = found[1] or found[2]
            if name not in asked:
                yield place, name
        if step.question:
            asked.add(step.question.name)


def outlasting(settings: ScriptSettings) -> Iterator[int]:
    """Places of scripts that the dialplan does not wait for, as it is shipped."""
    for place, script in enumerate(settings.items):
        if script.on == ASKED and script.within >= DIALPLAN_WAITS:
            yield place


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
