"""Our Stasis application: whoever the dialplan sends into it is served and sent back.

An application that nobody serves is no trap: without a connection of ours Stasis() fails at once.
A channel that was with us when a connection was lost stays in Stasis, which waits for ever; so
those that are found there when we come back are sent on, and the dialplan bounds the wait.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final
from urllib.parse import quote

import structlog

from bridge.ari.message import Body, Message, body, part, word
from bridge.ari.rest import NotThere
from bridge.ari.visit import Ask, Visit
from bridge.domain.counters import Counters
from bridge.link.damage import Malformed
from bridge.link.errors import LinkError

KINDS: Final = frozenset(
    {"StasisStart", "StasisEnd", "ChannelDtmfReceived", "PlaybackFinished", "ChannelDestroyed"}
)

log = structlog.get_logger(__name__)


class Application:
    """Of one PBX. `run` in a task group; `hear` every event of KINDS, `live` when a connection has
    come up. `ask` sends one request over the connection of the moment."""

    def __init__(self, pbx: str, name: str, ask: Ask, counters: Counters) -> None:
        self._pbx = pbx
        self._name = name
        self._ask = ask
        self._counters = counters
        self._visits: dict[str, Visit] = {}
        self._arrived: asyncio.Queue[str | None] = asyncio.Queue()

    def hear(self, message: Message) -> None:
        """One event; returns at once, and raises nothing."""
        try:
            event = body(message.text)
        except Malformed:
            return
        if message.kind == "StasisStart":
            self._start(event)
            return
        playback = word(part(event, "playback"), "target_uri").removeprefix("channel:")
        visit = self._visits.get(word(part(event, "channel"), "id") or playback)
        if visit is None:
            return
        if message.kind == "ChannelDtmfReceived":
            visit.hear_key(word(event, "digit"))
        elif message.kind == "PlaybackFinished":
            visit.hear_end()
        else:
            visit.leave()

    def live(self) -> None:
        """A connection has come up: whoever is left in Stasis from before is sent on."""
        self._arrived.put_nowait("")

    def lost(self) -> None:
        """The connection is gone, and with it everybody who was here."""
        for visit in self._visits.values():
            visit.leave()

    def close(self) -> None:
        """`run` returns once those who are here have gone."""
        self._arrived.put_nowait(None)

    async def run(self) -> None:
        """Until `close`."""
        async with asyncio.TaskGroup() as group:
            while (channel := await self._arrived.get()) is not None:
                group.create_task(self._serve(channel) if channel else self._send_on())

    def _start(self, event: Body) -> None:
        fields, args = part(event, "channel"), event.get("args")
        channel = word(fields, "id")
        if word(event, "application") != self._name or not channel or channel in self._visits:
            return
        words = [arg for arg in args if isinstance(arg, str)] if isinstance(args, list) else []
        up = word(fields, "state") == "Up"
        self._visits[channel] = Visit(channel, words, self._ask, up=up)
        self._arrived.put_nowait(channel)

    async def _serve(self, channel: str) -> None:
        try:
            await self._visits[channel].serve(self._counters)
        except NotThere:
            log.debug("ari.visitor_gone", pbx=self._pbx)  # it hung up while we asked
        except (LinkError, TimeoutError) as error:
            log.warning("ari.visit_failed", pbx=self._pbx, why=str(error))
        except Exception:
            log.exception("ari.fault", pbx=self._pbx)
        finally:
            del self._visits[channel]

    async def _send_on(self) -> None:
        try:
            told = await self._ask("GET", "channels", {})
            for fields in told if isinstance(told, list) else ():
                if isinstance(fields, dict) and self._is_left(fields):
                    channel = quote(word(fields, "id"), safe="")
                    with suppress(NotThere):  # it hung up meanwhile
                        await self._ask("POST", f"channels/{channel}/continue", {})
        except (LinkError, TimeoutError) as error:
            log.warning("ari.visit_failed", pbx=self._pbx, why=str(error))
        except Exception:
            log.exception("ari.fault", pbx=self._pbx)

    def _is_left(self, fields: Body) -> bool:
        """Whether this channel is in our application, and nobody serves it."""
        dialplan = part(fields, "dialplan")
        ours = word(dialplan, "app_data").partition(",")[0] == self._name
        here = word(fields, "id") in self._visits
        return word(dialplan, "app_name") == "Stasis" and ours and not here
