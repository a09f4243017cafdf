"""What the dialplan may ask: one function for each path of agi://host/PATH."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.agi.answers import Answers
from bridge.agi.command import assign
from bridge.agi.conversation import Conversation
from bridge.agi.question import SCRIPT
from bridge.agi.scripted import Scripted
from bridge.agi.server import AgiServer
from bridge.agi.settings import AgiSettings
from bridge.domain.counters import Counters, NoCounters
from bridge.domain.prompts import KEY_SECONDS, LONGEST_SOUND, RATINGS, SOUND
from bridge.domain.routes import Asked


def agi_server(
    settings: AgiSettings,
    answers: Answers,
    counters: Counters | None = None,
    scripts: Scripted | None = None,
) -> AgiServer:
    """A server that gives these answers; not yet open."""
    counters = counters or NoCounters()
    server = AgiServer(settings, counters)
    ask = _Endpoints(answers, counters)
    server.add_route("route", ask.route, ask.route_at_once)
    for path, endpoint in (("lookup", ask.lookup), ("rate", ask.rate), ("say", ask.say)):
        server.add_route(path, endpoint)
    if scripts is not None:
        server.add_route(SCRIPT, scripts.script)
    return server


class _Endpoints:
    def __init__(self, answers: Answers, counters: Counters) -> None:
        self._answers = answers
        self._counters = counters

    async def route(self, at: Conversation) -> str:
        """Who should get this call: `?did=` names the number that was dialled."""
        return self._assign((await self._answers.route(at.question.asked)).variables())

    def route_at_once(self, asked: Asked) -> str:
        """The command of `route`. Raises NotAtHand where a fact has to be waited for."""
        return self._assign(self._answers.at_once(asked).variables())

    async def lookup(self, at: Conversation) -> str:
        """Who is calling, for the display."""
        caller = await self._answers.lookup(at.question.asked)
        return self._assign({"BRIDGE_NAME": caller.name, "BRIDGE_COMPANY": caller.company})

    async def rate(self, at: Conversation) -> str:
        """One key from 1 to 5 after the sound `?prompt=`. The tracker reads it from the channel:
        so it is in the AMI stream, in captures and journals, like every other fact of the call."""
        prompt = at.question.asked.words.get("prompt", "")
        sound = prompt if SOUND.fullmatch(prompt) else "beep"
        digit = await at.asks_for_digit(sound, KEY_SECONDS, LONGEST_SOUND)
        given = digit if digit in RATINGS else ""
        self._counters.count("ratings", given="yes" if given else "no")
        return self._assign({"BRIDGE_RATING": given})

    async def say(self, at: Conversation) -> None:
        """What a rule wants this caller to hear now, if anything."""
        decided = await self._answers.say(at.question.asked)
        sounds = tuple(sound for sound in decided if SOUND.fullmatch(sound))
        if sounds:
            await at.plays(sounds, LONGEST_SOUND * len(sounds))

    def _assign(self, variables: Mapping[str, str]) -> str:
        return assign(variables, counters=self._counters)
