"""Softphones: the process behind each, its legs, and what it tells of them."""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, cast

from tests.lab.absent import Absent
from tests.lab.wait import Changes, Found

# Every ring time of the laboratory's office is shorter than this.
PATIENCE = 15.0
PACKETS_A_SECOND = 50
WORD_SECONDS = 0.3  # long enough for a recording to hold one
RINGING = 180


class NoTelephones(Absent):
    """No softphone can be had for this Python."""

    what = "telephone"


class PhoneBroke(AssertionError):
    """The softphone refused a command, or its process died."""


@dataclass
class Leg:
    """One leg of a softphone; `state` as pjsua names it. `ears`: the files of what it heard, and
    when each began; `holds`: when it was put on hold, and taken back."""

    number: int
    user: str
    incoming: bool
    state: str = "CALLING"
    code: int = 0
    caller: str = ""
    held: bool = False
    heard: int = 0
    referred: int = 0
    ears: list[tuple[str, float]] = field(default_factory=list)
    holds: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.state == "DISCONNECTED"

    @property
    def rings(self) -> bool:
        return self.incoming and self.state in ("INCOMING", "EARLY")

    @property
    def talks(self) -> bool:
        return self.state == "CONFIRMED"


class Softphone(asyncio.SubprocessProtocol):
    """The process behind one phone, or behind the whole outside world. `word`: for how many seconds
    its people wait to hear somebody."""

    word = WORD_SECONDS

    def __init__(self, user: str, outside: bool) -> None:
        self.user = user
        self.outside = outside
        self.legs: dict[int, Leg] = {}
        self.up = self.registered = False
        self.dead = False
        self._refused: str | None = None
        self._tags: dict[int, tuple[str, int]] = {}
        self._count = itertools.count(1)
        self._changes = Changes()
        self._left = b""
        self._said: list[dict[str, Any]] = []
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        *lines, self._left = (self._left + data).split(b"\n")
        for line in lines:
            event = json.loads(line)
            self._said.append(event)
            getattr(self, f"_on_{event['event']}")(
                **{key: value for key, value in event.items() if key != "event"}
            )
        self._changes.happened()

    def process_exited(self) -> None:
        self.dead = True
        self._changes.happened()

    def order(self, do: str, **fields: object) -> None:
        """Send one command to the process."""
        assert self._transport is not None
        pipe = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))
        pipe.write(json.dumps({"do": do, **fields}).encode() + b"\n")

    async def dial(self, user: str, number: str) -> Leg:
        """A new outgoing leg of `user` to `number`."""
        tag = next(self._count)
        self._tags[tag] = (user, 0)
        self.order("dial", user=user, number=number, tag=tag)
        return await self.until(lambda: self.legs.get(self._tags[tag][1]), "no leg was made")

    async def until(
        self, look: Callable[[], Found | None], saying: str, within: float = PATIENCE
    ) -> Found:
        """What `look` finds. Raises NotInTime, PhoneBroke."""

        def looked() -> Found | None:
            refused, self._refused = self._refused, None
            if refused or self.dead:
                raise PhoneBroke(f"{self.user}: {refused or 'its process ended'}")
            return look()

        return await self._changes.until(
            looked, within, lambda: f"{self.user}: {saying} in {within} s; last: {self._said[-6:]}"
        )

    def stop(self) -> None:
        """End the process."""
        if self._transport:
            self._transport.close()

    def _on_up(self) -> None:
        self.up = True

    def _on_registered(self, code: int) -> None:
        self.registered = code == 200

    def _on_dialled(self, leg: int, tag: int) -> None:
        user = self._tags[tag][0]
        self.legs[leg] = Leg(leg, user, incoming=False)
        self._tags[tag] = (user, leg)

    def _on_ring(self, leg: int, to: str, caller: str) -> None:
        user = to if self.outside else self.user
        self.legs[leg] = Leg(leg, user, incoming=True, state="INCOMING", caller=caller)

    def _on_state(self, leg: int, state: str, code: int) -> None:
        self.legs[leg].state, self.legs[leg].code = state, code

    def _on_media(self, leg: int, held: bool) -> None:
        self.legs[leg].held = held
        self.legs[leg].holds.append((time.time(), held))

    def _on_heard(self, leg: int) -> None:
        self.legs[leg].heard += 1

    def _on_referred(self, leg: int, code: int) -> None:
        self.legs[leg].referred = code

    def _on_ear(self, leg: int, file: str, at: float) -> None:
        self.legs[leg].ears.append((file, at))

    def _on_error(self, leg: int | None, why: str) -> None:
        self._refused = f"leg {leg}: {why}"


def see_that_there_are_some() -> None:
    """Raises NoTelephones."""
    if find_spec("pjsua2") is None:
        raise NoTelephones(
            "the softphones (pjsua2-python) are made for Python 3.11 and 3.12 on Linux: "
            "in another clone say `make PYTHON=/path/to/python3.12` and what you want"
        )


@asynccontextmanager
async def softphone(
    user: str, server: str, outside: tuple[str, int] | None = None
) -> AsyncIterator[Softphone]:
    """A softphone that registers as `user` at `server`, or stands at the address `outside`."""
    loop = asyncio.get_running_loop()
    command = [sys.executable, "-m", "tests.lab.phone", user, server]
    if outside:
        command += ["--outside", "--address", outside[0], "--port", str(outside[1])]
    _, phone = await loop.subprocess_exec(
        lambda: Softphone(user, outside is not None),
        *command,
        stderr=None,
        process_group=0,  # Ctrl-C and a closed terminal are for whoever started it, and ends it
    )
    try:
        ready = (lambda: phone.up) if outside else (lambda: phone.registered)
        await phone.until(ready, "does not come up", within=20)
        yield phone
    finally:
        phone.stop()
