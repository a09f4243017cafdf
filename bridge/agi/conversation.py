"""One conversation with Asterisk on panoramisk's Request: commands, their whole replies, time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import inf
from typing import Any, Final

from panoramisk import fast_agi
from panoramisk.utils import parse_agi_result

from bridge.agi.command import assign, line, played
from bridge.agi.line import Line, Over, Unreadable
from bridge.agi.question import Question
from bridge.domain.counters import Counters

PATIENCE: Final = 1.0  # seconds; Asterisk replies to a command that waits for nobody at once
_REPLY: Final = re.compile(r"\d{3}(?:[ -]|$)")
_MOST_LINES: Final = 100  # of a usage text


@lru_cache(maxsize=256)
def _parsed(text: str) -> dict[str, Any]:
    """A reply, which nobody changes: most are the same few. Raises Unreadable."""
    if not _REPLY.match(text):
        raise Unreadable("no reply of AGI: see what answers at the peer's address")
    reply: dict[str, Any] = parse_agi_result(text)
    return reply


class Conversation(fast_agi.Request):  # type: ignore[misc]
    """A request with its question. Every command raises Over or Unreadable."""

    def __init__(self, app: Any, line: Line, question: Question) -> None:
        super().__init__(app, {}, line, line)
        self.line = line
        self.question = question
        self.counters: Counters = app.counters

    async def set_long(self, variables: Mapping[str, str], longest: int) -> None:
        """Set channel variables of at most `longest` characters each, in one round trip."""
        await self.send_command(assign(variables, longest, self.counters))

    async def plays(self, sounds: tuple[str, ...], within: float) -> None:
        """Play sound files one after another, `within` seconds those that one command plays."""
        for command in played(sounds):
            await self.send_command(command, within)

    async def asks_for_digit(self, prompt: str, wait: float, within: float) -> str:
        """The first key pressed during the prompt or `wait` seconds after it, "" when none was."""
        milliseconds = str(round(wait * 1000))
        reply = await self.send_command(line("GET", "DATA", prompt, milliseconds, "1"), within)
        digit, _ = reply.get("result", ("", ""))
        return str(digit)[:1]

    async def send_command(self, command: str, within: float = PATIENCE) -> dict[str, Any]:
        """Send one line; Asterisk's reply, which must be there `within` seconds."""
        self.line.due = self.app.loop.time() + within
        self.line.write(command.encode() + b"\n")
        return await self.reply()

    async def reply(self) -> dict[str, Any]:
        """What Asterisk says to the command that was sent."""
        while (reply := await self._read_result()).get("status_code") == 100:
            pass
        self.line.due = inf
        return reply

    async def _read_result(self) -> dict[str, Any]:
        text = await self._line()
        if text == "HANGUP":
            raise Over("the caller hung up")
        reply = _parsed(text)
        if text.startswith("520-"):
            await self._usage()
        return reply

    async def _usage(self) -> None:
        """The lines of a usage text, up to its end."""
        for _ in range(_MOST_LINES):
            if (await self._line()).startswith("520 "):
                return
        raise Unreadable("a usage text without an end")

    async def _line(self) -> str:
        return (await self.line.readline()).decode("utf-8", "replace").rstrip("\r")
