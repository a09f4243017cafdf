"""A telephone line as a test speaks to it: it calls, rings, answers, holds, transfers, hangs up.

Every verb returns when what it says has happened on the wire, and raises NotInTime when it has not.
"""

import asyncio
from collections.abc import Callable

from tests.lab.phones import PACKETS_A_SECOND, Leg, Softphone
from tests.lab.wait import NotInTime

BUSY, DECLINED, MOVED, UNAVAILABLE, NOT_FOUND = 486, 603, 302, 480, 404


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
        word = self.phone.word
        packets = round(word * PACKETS_A_SECOND)
        self.phone.order("listen", leg=leg.number, packets=packets, seconds=word)
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
