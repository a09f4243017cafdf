"""The laboratory's own AMI link: commands to Asterisk, and the raw stream kept byte for byte.

It owes nothing to the program under test, so that both cannot be wrong in the same way.
"""

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from tests.lab.wait import Changes

Message = dict[str, str]


class Refused(Exception):
    """Asterisk answered an action with an error."""


class Ami(asyncio.Protocol):
    """One logged-in session. `events` holds what has come; `channels` those alive, by Uniqueid."""

    def __init__(self, keep: Path | None = None) -> None:
        self.events: list[Message] = []
        self.channels: dict[str, str] = {}
        self._answers: dict[str, Message] = {}
        self._changes = Changes()
        self._keep: BinaryIO | None = keep.open("wb") if keep else None
        self._left = b""
        self._ids = itertools.count(1)
        self._link: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._link = transport

    def data_received(self, data: bytes) -> None:
        if self._keep:
            self._keep.write(data)
        *blocks, self._left = (self._left + data).split(b"\r\n\r\n")
        for block in blocks:
            self._take(_fields(block))
        self._changes.happened()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._keep:
            self._keep.close()
            self._keep = None

    def close(self) -> None:
        """End the session; the capture is complete in its file."""
        if self._link:
            self._link.close()
        self.connection_lost(None)

    async def act(self, name: str, **fields: str | list[str]) -> Message:
        """Send an action and return its answer. Raises Refused."""
        assert self._link is not None
        number = str(next(self._ids))
        lines = [f"Action: {name}", f"ActionID: {number}"]
        for key, value in fields.items():
            lines += [f"{key}: {one}" for one in ([value] if isinstance(value, str) else value)]
        self._link.write("\r\n".join([*lines, "", ""]).encode())
        answer = await self._changes.until(
            lambda: self._answers.pop(number, None), 10, lambda: f"no answer to {name} {fields}"
        )
        if answer["Response"] == "Error":
            raise Refused(f"{name} {fields}: {answer.get('Message')}")
        return answer

    async def event(self, name: str, within: float = 10, since: int = 0, **fields: str) -> Message:
        """The first event of that name, after position `since`, whose fields say just that."""

        def wanted(message: Message) -> bool:
            return message["Event"] == name and fields.items() <= message.items()

        return await self._changes.until(
            lambda: next(filter(wanted, self.events[since:]), None),
            within,
            lambda: f"no event {name} {fields} in {within} s; last: {self.events[-3:]}",
        )

    async def until(self, look: Callable[[], bool], within: float, saying: str) -> None:
        """Wait until `look()` is true of this link. Raises NotInTime."""
        await self._changes.until(
            look, within, lambda: f"{saying}; channels: {sorted(self.channels.values())}"
        )

    async def quiet(self, within: float = 15) -> None:
        """Wait until no channel is left and all that was said about them has come."""
        await self.until(lambda: not self.channels, within, "channels are left")
        # Events are queued: one of ours, sent now, comes after all that were on their way.
        for word in ("almost", "quiet"):
            await self.act("UserEvent", UserEvent="Laboratory", Say=word)
            await self.event("UserEvent", UserEvent="Laboratory", Say=word)

    def _take(self, message: Message) -> None:
        if "Response" in message:
            self._answers[message.get("ActionID", "")] = message
        if "Event" not in message:
            return
        self.events.append(message)
        if message["Event"] == "Newchannel":
            self.channels[message["Uniqueid"]] = message["Channel"]
        elif message["Event"] == "Hangup":
            self.channels.pop(message["Uniqueid"], None)


def _fields(block: bytes) -> Message:
    lines = block.decode("utf-8", "replace").split("\r\n")
    return dict(line.split(": ", 1) for line in lines if ": " in line)


async def connect(port: int, secret: str, keep: Path | None = None) -> Ami:
    """A session as the laboratory's user, with every event class; its raw stream goes to `keep`."""
    loop = asyncio.get_running_loop()
    _, ami = await loop.create_connection(lambda: Ami(keep), "127.0.0.1", port)
    try:
        await ami.act("Login", Username="lab", Secret=secret)
        await ami.event("FullyBooted", within=60)
    except BaseException:
        ami.close()
        raise
    return ami
