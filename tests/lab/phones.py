"""Softphones as a test speaks to them: a line calls, rings, answers, holds, transfers, hangs up.

Every verb returns when what it says has happened on the wire, and raises NotInTime when it has not.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, cast

from tests.lab.absent import Absent
from tests.lab.wait import Changes, Found, NotInTime

# Every ring time of the laboratory's office is shorter than this.
PATIENCE = 15.0
PACKETS_A_SECOND = 50
WORD_SECONDS = 0.3  # long enough for a recording to hold one
BUSY, DECLINED, MOVED, UNAVAILABLE, NOT_FOUND = 486, 603, 302, 480, 404
RINGING = 180


class NoTelephones(Absent):
    """No softphone can be had for this Python."""

    what = "telephone"


class PhoneBroke(AssertionError):
    """The softphone refused a command, or its process died."""


@dataclass
class Leg:
    """One leg of a softphone; `state` as pjsua names it."""

    number: int
    user: str
    incoming: bool
    state: str = "CALLING"
    code: int = 0
    caller: str = ""
    held: bool = False
    heard: int = 0
    referred: int = 0

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

    def _on_heard(self, leg: int) -> None:
        self.legs[leg].heard += 1

    def _on_referred(self, leg: int, code: int) -> None:
        self.legs[leg].referred = code

    def _on_error(self, leg: int | None, why: str) -> None:
        self._refused = f"leg {leg}: {why}"


class Line:
    """One number at a softphone. Verbs without a leg mean the newest one that fits."""

    def __init__(self, phone: Softphone, number: str) -> None:
        self.phone = phone
        self.number = number

    @property
    def legs(self) -> list[Leg]:
        """The legs that are not over, oldest first."""
        return [leg for leg in self.phone.legs.values() if leg.user == self.number and not leg.over]

    async def calls(self, number: str) -> Leg:
        """Dial `number`; nobody needs to answer yet."""
        return await self.phone.dial(self.number, number)

    async def rings(self) -> Leg:
        """Wait until a call rings here."""
        return await self.phone.until(
            lambda: next((leg for leg in self.legs if leg.rings), None), "does not ring"
        )

    async def stops_ringing(self) -> None:
        """Wait until nothing rings here any more."""
        await self._sees(lambda: not any(leg.rings for leg in self.legs), "goes on ringing")

    async def answers(self) -> Leg:
        """Take the call that rings, waiting for it if need be."""
        leg = await self.rings()
        self.phone.order("answer", leg=leg.number, code=200)
        await self._sees(lambda: leg.talks, "could not answer")
        return leg

    async def declines(self, code: int = DECLINED) -> None:
        """Refuse the call that rings."""
        leg = await self.rings()
        self.phone.order("answer", leg=leg.number, code=code)
        await self._sees(lambda: leg.over, "could not decline")

    async def is_busy(self) -> None:
        """Refuse the call that rings as busy."""
        await self.declines(BUSY)

    async def forwards_to(self, number: str) -> None:
        """Send the call that rings elsewhere (302)."""
        leg = await self.rings()
        self.phone.order("answer", leg=leg.number, code=MOVED, contact=number)
        await self._sees(lambda: leg.over, "could not forward")

    def _newest(self) -> Leg:
        if not self.legs:
            raise NotInTime(f"{self.number}: has no call")
        return self.legs[-1]

    async def hears_ringing(self) -> None:
        """Wait until the far end of our call rings."""
        leg = self._newest()
        await self._sees(lambda: leg.state == "EARLY" or leg.talks, "hears no ringing")

    async def is_answered(self) -> Leg:
        """Wait until our newest call is answered."""
        leg = self._newest()
        await self._sees(lambda: leg.talks, "is not answered")
        return leg

    async def hears(self, leg: Leg | None = None) -> None:
        """Wait until new sound has come for as long as a word takes."""
        leg = leg or await self._talking()
        before = leg.heard
        packets = round(self.phone.word * PACKETS_A_SECOND)
        self.phone.order("listen", leg=leg.number, packets=packets)
        await self._sees(lambda: leg.heard > before, "hears nothing")

    async def talks_with(self, *others: "Line") -> None:
        """Wait until this line and all the others hear sound."""
        await asyncio.gather(*(one.hears() for one in (self, *others)))

    async def hangs_up(self, leg: Leg | None = None) -> None:
        """End a call (the newest), ours or theirs, answered or not; the PBX may have been first."""
        leg = leg or next(reversed(self.legs), None)
        if leg is None:
            return
        self.phone.order("hang_up", leg=leg.number)
        await self._sees(lambda: leg.over, "cannot hang up")

    async def is_released(self, leg: Leg | None = None) -> None:
        """Wait until the far end, or Asterisk, has ended `leg`, or every call of this line."""
        await self._sees(lambda: leg.over if leg else not self.legs, "is still in a call")

    async def holds(self, leg: Leg | None = None) -> None:
        """Put a call on hold."""
        leg = leg or await self._talking()
        self.phone.order("hold", leg=leg.number)
        await self._sees(lambda: leg.held, "cannot hold")

    async def resumes(self, leg: Leg | None = None) -> None:
        """Take a call back from hold."""
        leg = leg or await self._talking()
        self.phone.order("unhold", leg=leg.number)
        await self._sees(lambda: not leg.held, "cannot resume")

    async def transfers_to(self, number: str, leg: Leg | None = None) -> None:
        """Blind transfer by REFER. Like any phone, this one hangs up when told that it is done."""
        leg = leg or await self._talking()
        self.phone.order("blind", leg=leg.number, number=number)
        await self._handed_over(leg)

    async def connects(self, client: Leg, consulted: Leg) -> None:
        """Attended transfer by REFER with Replaces: `client` goes to whom `consulted` reaches."""
        self.phone.order("attended", leg=client.number, other=consulted.number)
        await self._handed_over(client)
        await self.hangs_up(consulted)

    async def _handed_over(self, leg: Leg) -> None:
        await self._sees(lambda: leg.over or leg.referred >= 200, "is not transferred")
        if leg.referred < 300:
            await self.hangs_up(leg)

    async def presses(self, digits: str, leg: Leg | None = None) -> None:
        """Send DTMF digits in a call."""
        leg = leg or await self._talking()
        self.phone.order("digits", leg=leg.number, digits=digits)

    async def _sees(self, look: Callable[[], bool], saying: str) -> None:
        await self.phone.until(look, f"{self.number} {saying}")

    async def _talking(self) -> Leg:
        """The newest leg that is answered, as soon as there is one."""
        return await self.phone.until(
            lambda: next((leg for leg in reversed(self.legs) if leg.talks), None),
            f"{self.number} talks with nobody",
        )


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
    hertz = 300 + int(user[-3:]) % 500
    command = [sys.executable, "-m", "tests.lab.phone", user, server, "--hertz", str(hertz)]
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
