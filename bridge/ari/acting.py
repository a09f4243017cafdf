"""Acting on a call in progress over ARI, once each. The user needs `read_only = no`.

ARI itself ends any channel, but plays into, moves and sets variables of those in its own
applications alone. To a channel of the dialplan the dialplan does it: a Local channel that runs one
line of dialplan/scripts.conf, and is over when that is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from secrets import token_hex
from typing import Any, Final
from urllib.parse import quote

from bridge.ari.rest import NotThere
from bridge.ari.rung import Rung
from bridge.domain.causes import Cause
from bridge.link.errors import LinkError
from bridge.scripts.actions import (
    AddLabel,
    HangUp,
    OnTheChannel,
    Play,
    SetVariables,
    Transfer,
)
from bridge.scripts.ports import NotDone, Reach

Ask = Callable[..., Awaitable[Any]]
"""`AriLink.ask`."""
Line = tuple[str, dict[str, str]]
"""An extension of the context, and the variables that it reads."""

_EXPORT: Final = "func_export.so"


async def act_on(
    ask: Ask, rung: Rung, reach: Reach, action: OnTheChannel, play_context: str
) -> None:
    """Do this to the call; it is done when this returns. Raises NotDone."""
    try:
        if isinstance(action, HangUp):
            await ask("DELETE", f"channels/{quote(reach.client, safe='')}", {})
            return
        if isinstance(action, SetVariables | AddLabel):
            await _can_set(ask)
        for extension, variables in lines(reach, action):
            await _run(ask, rung, play_context, extension, variables)
    except NotThere as error:
        raise NotDone("the call is over") from error
    except (LinkError, TimeoutError) as error:
        raise NotDone(str(error)) from error


def lines(reach: Reach, action: OnTheChannel) -> Iterator[Line]:
    """What is run, one after another. Raises NotDone when nobody is there to hear a prompt."""
    match action:
        case SetVariables(values=values) | AddLabel(values=values):
            for variable, value in values.items():
                said = {"BRIDGE_SET": variable, "BRIDGE_VALUE": value}
                yield "set", {"BRIDGE_PLAY_TO": reach.client, **said}
        case Transfer(context, extension):
            there = f"{context},{extension},1"
            yield "move", {"BRIDGE_PLAY_TO": reach.client, "BRIDGE_GOTO": there}
        case Play(sounds, to):
            for hearer in reach.hearers(to):
                yield "to", {"BRIDGE_PLAY_TO": hearer, "BRIDGE_PLAY": "&".join(sounds)}


async def _can_set(ask: Ask) -> None:
    """Raises NotDone for an Asterisk whose dialplan sets no variables of another channel."""
    try:
        await ask("GET", f"asterisk/modules/{_EXPORT}", {})
    except NotThere as error:
        raise NotDone(
            f"over ARI variables and labels take {_EXPORT} (Asterisk 16.30, 18.16, 20.1 or newer):"
            " load it, or use AMI"
        ) from error


async def _run(
    ask: Ask, rung: Rung, context: str, extension: str, variables: Mapping[str, str]
) -> None:
    """A Local channel of which one half runs this line; the other plays once that answers."""
    id = f"bridge-{extension}-{token_hex(8)}"
    query = {
        "endpoint": f"Local/{extension}@{context}/n",
        "context": context,
        "extension": "play",
        "priority": "1",
        "timeout": "5",
    }
    with rung.until_ended(id) as ended:
        await ask("POST", f"channels/{id}", query, {"variables": dict(variables)})
        if await ended == Cause.UNALLOCATED and extension == "move":
            raise NotDone("there is no such context and extension in the dialplan")
