"""The dialplan asks for a script: AGI(agi://host/script/NAME). It is told by variables what to play
and where to go, so that nobody waits for us while a prompt is played (dialplan/scripts.conf).

BRIDGE_SCRIPT is OK, LATE where the deadline has cut the script short (what was decided by then is
done), or NONE where no script of this name is for the dialplan.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

from bridge.agi.conversation import Conversation
from bridge.agi.question import SCRIPT
from bridge.domain.routes import Asked
from bridge.scripts.actions import Action, AddLabel, HangUp, Play, SetVariables, Transfer, Wanted

_LONGEST: Final = 900  # characters of one value; BRIDGE_SAY has what a command has room for
_MOST_LABELS: Final = 10

Variables = dict[str, str]


class AskedScripts(Protocol):
    """Whoever decides, under the script's own deadline."""

    async def answer(self, name: str, asked: Asked) -> Wanted | None:
        """None when there is no such script."""
        ...


class Scripted:
    """Never raises for what a script does."""

    def __init__(self, scripts: AskedScripts) -> None:
        self._scripts = scripts

    async def script(self, at: Conversation) -> None:
        asked = at.question.asked
        wanted = await self._scripts.answer(asked.words.get(SCRIPT, ""), asked)
        for variables in told(wanted):
            await at.set_long(variables, _LONGEST)


def told(wanted: Wanted | None) -> list[Variables]:
    """What to set, one command after another: the company's own variables and labels, then what the
    dialplan is to do. Prompts are played in their order; the last transfer counts."""
    if wanted is None:
        return [{"BRIDGE_SCRIPT": "NONE"}]
    own: Variables = {}
    for action in wanted.actions:
        if isinstance(action, SetVariables):
            own |= action.values
    labels = [one.values for one in wanted.actions if isinstance(one, AddLabel)]
    each = [{name: value} for name, value in own.items()]
    came = "LATE" if wanted.late else "OK"
    return [*each, *labels[:_MOST_LABELS], {"BRIDGE_SCRIPT": came, **_to_do(wanted.actions)}]


def _to_do(wanted: Iterable[Action]) -> Variables:
    sounds: list[str] = []
    found = {"BRIDGE_GOTO": "", "BRIDGE_END": ""}
    for action in wanted:
        match action:
            case Play(files):
                sounds += files
            case Transfer(context, extension):
                found["BRIDGE_GOTO"] = f"{context},{extension},1"
            case HangUp():
                found["BRIDGE_END"] = "yes"
    return {"BRIDGE_SAY": "&".join(sounds), **found}
