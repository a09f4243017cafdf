"""A visit: one channel that the dialplan has sent into our application, and what is done there.

What a channel is for stands in the arguments of Stasis(): `rate[,SOUND]` or `say,SOUND[&SOUND …]`.
Every wait is bounded, and whatever happens the channel goes on in the dialplan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from bridge.ari.rest import NotThere
from bridge.domain.counters import Counters
from bridge.domain.prompts import KEY_SECONDS, LONGEST_SOUND, RATINGS, SOUND

Ask = Callable[..., Awaitable[Any]]
"""How to send one request (`Rest.ask`): method, path, query. Raises LinkError."""

_BEEP: Final = "beep"


class Visit:
    """`hear_key`, `hear_end` and `leave` as events come; `serve` does what the channel is for."""

    def __init__(self, channel: str, args: Sequence[str], ask: Ask, *, up: bool) -> None:
        loop = asyncio.get_running_loop()
        self._path = f"channels/{quote(channel, safe='')}"
        self._playback = f"bridge-{channel}"
        self._args = args
        self._ask = ask
        self._up = up
        self._key: asyncio.Future[str] = loop.create_future()
        self._played: asyncio.Future[None] = loop.create_future()
        self._left: asyncio.Future[None] = loop.create_future()

    def hear_key(self, key: str) -> None:
        """The caller pressed this one; the first counts."""
        if not self._key.done():
            self._key.set_result(key)

    def hear_end(self) -> None:
        """The sounds are over."""
        if not self._played.done():
            self._played.set_result(None)

    def leave(self) -> None:
        """The channel is not with us any more: it hung up, or somebody took it away."""
        if not self._left.done():
            self._left.set_result(None)

    async def serve(self, counters: Counters) -> None:
        """Until the channel goes on in the dialplan. Raises LinkError, TimeoutError."""
        what, *words = self._args or ("",)
        try:
            if what == "rate":
                await self._rate(words[0] if words else "", counters)
            elif what == "say":
                await self._say(words[0] if words else "")
        finally:
            if not self._left.done():
                await self._ask("POST", f"{self._path}/continue", {})

    async def _rate(self, prompt: str, counters: Counters) -> None:
        """One key from 1 to 5 after the prompt. The tracker reads it from the channel, as every
        other fact of the call."""
        await self._play([prompt if SOUND.fullmatch(prompt) else _BEEP])
        await self._first(self._key, self._played, within=LONGEST_SOUND)
        if self._played.done():
            await self._first(self._key, within=KEY_SECONDS)
        elif not self._left.done():
            with suppress(NotThere):  # it was over just then
                await self._ask("DELETE", f"playbacks/{quote(self._playback, safe='')}", {})
        key = self._key.result() if self._key.done() else ""
        given = key if key in RATINGS else ""
        counters.count("ratings", given="yes" if given else "no")
        if not self._left.done():
            said = {"variable": "BRIDGE_RATING", "value": given}
            await self._ask("POST", f"{self._path}/variable", said)

    async def _say(self, prompts: str) -> None:
        sounds = [sound for sound in prompts.split("&") if SOUND.fullmatch(sound)]
        if sounds:
            await self._play(sounds)
            await self._first(self._played, within=LONGEST_SOUND * len(sounds))

    async def _play(self, sounds: Sequence[str]) -> None:
        if not self._up:
            await self._ask("POST", f"{self._path}/answer", {})
        media = ",".join(f"sound:{sound}" for sound in sounds)
        path = f"{self._path}/play/{quote(self._playback, safe='')}"
        await self._ask("POST", path, {"media": media})

    async def _first(self, *waited: asyncio.Future[Any], within: float) -> None:
        """Wait for one of these, or until the channel has left; at most `within` seconds."""
        await asyncio.wait(
            {*waited, self._left}, timeout=within, return_when=asyncio.FIRST_COMPLETED
        )
