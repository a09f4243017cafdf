"""Acting on a call in progress over AMI, once each. Needs the right `call`, to play a prompt
`originate` too. A channel is named by its unique id, which Asterisk 16 to 22 take for its name
(ast_channel_get_by_name in main/channel.c)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from secrets import token_hex
from typing import Final

from bridge.ami.protocol import Reply, Value
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

_ANSWER_SECONDS: Final = 3.0
_LOOK_EVERY: Final = 0.1  # seconds
_APPEARS_SECONDS: Final = 2.0

Act = Callable[[str, Mapping[str, Value], float], Awaitable[Reply]]
Headers = dict[str, Value]


async def act_on(act: Act, reach: Reach, action: OnTheChannel, play_context: str) -> None:
    """Do this to the call; a prompt is done once it is over. Raises NotDone."""
    wanted = list(requests(reach, action, play_context))
    for name, headers in wanted:
        try:
            reply = await act(name, headers, _ANSWER_SECONDS)
        except (LinkError, ValueError) as error:
            raise NotDone(f"{name}: {error}") from error
        if not reply.ok:
            raise NotDone(
                f"Asterisk refuses {name} ({reply.message}): see that `write` of our AMI user has"
                " call and originate, and that the context exists"
            )
        if name == "Getvar" and reply.response.get("Value") == "0":
            raise NotDone("there is no such context and extension in the dialplan")
    for name, headers in wanted:
        if name == "Originate":
            await _is_over(reach, str(headers["ChannelId"]))


async def _is_over(reach: Reach, channel: str) -> None:
    """No event of a call tells of it. Asterisk makes the channel some time after its answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_APPEARS_SECONDS):
            while not reach.known(channel):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_EVERY)
    while reach.lives(channel):  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_EVERY)


def requests(
    reach: Reach, action: OnTheChannel, play_context: str
) -> Iterator[tuple[str, Headers]]:
    """The AMI actions that make it. Raises NotDone when nobody is there to hear a prompt."""
    match action:
        case SetVariables(values=values) | AddLabel(values=values):
            for variable, value in values.items():
                yield "Setvar", {"Channel": reach.client, "Variable": variable, "Value": value}
        case Transfer(context, extension):
            # Asterisk ends a channel that is sent to a place that is not there.
            exists = f"DIALPLAN_EXISTS({context},{extension},1)"
            yield "Getvar", {"Channel": reach.client, "Variable": exists}
            there: Headers = {"Context": context, "Exten": extension, "Priority": "1"}
            yield "Redirect", {"Channel": reach.client, **there}
        case HangUp():
            yield "Hangup", {"Channel": reach.client}
        case Play(sounds, to):
            for hearer in reach.hearers(to):
                yield "Originate", _playing(hearer, sounds, play_context)


def _playing(hearer: str, sounds: tuple[str, ...], context: str) -> Headers:
    """A Local channel of which one half whispers to the hearer what the other half plays."""
    return {
        "Channel": f"Local/to@{context}/n",
        "ChannelId": f"bridge-play-{token_hex(8)}",
        "Context": context,
        "Exten": "play",
        "Priority": "1",
        "Timeout": "5000",
        "Async": "true",
        "Variable": [f"BRIDGE_PLAY_TO={hearer}", f"BRIDGE_PLAY={'&'.join(sounds)}"],
    }
