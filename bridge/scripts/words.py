"""Actions in words, for examples and tables: one line each, as `label debtor`."""

from __future__ import annotations

from bridge.scripts.actions import (
    WORDS,
    Action,
    AddLabel,
    Ask,
    HangUp,
    MakeTask,
    Play,
    Query,
    SetVariables,
    Tell,
    To,
    Transfer,
)
from bridge.scripts.decide import Unmade


def line(action: Action | Unmade) -> str:
    """What it is and what it does."""
    match action:
        case Ask(name) | Query(name):
            return f"{WORDS[type(action)]} {name}"
        case Play(sounds, to):
            heard = "" if to is To.CLIENT else f" to {to}"
            return f"play {'&'.join(sounds)}{heard}"
        case Transfer(context, extension):
            return f"transfer {context},{extension}"
        case SetVariables(values):
            return "set " + ", ".join(f"{name}={value}" for name, value in values.items())
        case AddLabel(text):
            return f"label {text}"
        case Tell(agents, text):
            return f"tell {', '.join(agents)}: {text}"
        case HangUp():
            return "hang_up"
        case MakeTask(title, agent):
            return f"task {title}" + (f" for {agent}" if agent else "")
        case Unmade(word, why):
            return f"no {word}: {why}"
