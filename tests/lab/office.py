"""The office of two departments at work: Asterisk, the people at their phones, the world outside.

Every number is made up: DIDs +7495123450x, clients +7916123456x, mobiles of the staff +7916123459x.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self, TypeVar

from tests.lab import phones
from tests.lab.ami import Ami
from tests.lab.asterisk import Asterisk, running
from tests.lab.line import Line
from tests.lab.phones import Softphone, softphone

SALES, SERVICE, MENU, EVENING = (f"+7495123450{digit}" for digit in "1234")
HOTLINE, RECEPTION, PROJECTS, PERSONAL = (f"+7495123450{digit}" for digit in "5678")
CLIENT, OTHER_CLIENT, THIRD_CLIENT = (f"+7916123456{digit}" for digit in "123")
# Into Stasis(lab); only the laboratory has it.
STASIS = "+74951234509"
SUPPLIER, PARTNER = (f"+7916123457{digit}" for digit in "12")
ALICE_MOBILE = "+79161234591"
HIDDEN = "anonymous"
# The last is a second device: Alice's softphone.
STAFF = ("101", "102", "103", "201", "202", "300", "1101")
# In an office that is half renewed, these still use the old driver.
OLD_DRIVER = ("102", "103", "201")


def devices(version: str) -> dict[str, str]:
    """The channel of each extension: all PJSIP, but half of them chan_sip on Asterisk 16."""
    old = OLD_DRIVER if version == "16" else ()
    return {one: f"{'SIP' if one in old else 'PJSIP'}/{one}" for one in STAFF}


@dataclass
class Office:
    """Everybody a scenario may name. `ami` is the session whose stream is being kept."""

    asterisk: Asterisk
    ami: Ami
    staff: dict[str, Softphone]
    operator: Softphone
    backup_operator: Softphone
    wing: ClassVar[str] = ""
    trunks: ClassVar[tuple[str, ...]] = ("PJSIP/trunk-*",)

    def __post_init__(self) -> None:
        people = [self.insider(extension) for extension in STAFF]
        self.alice, self.bob, self.carol, self.dave, self.erin, self.frank = people[:-1]
        self.alice_softphone = people[-1]
        self.client, self.other_client, self.third_client = map(
            self.outsider, (CLIENT, OTHER_CLIENT, THIRD_CLIENT)
        )
        self.supplier, self.partner = map(self.outsider, (SUPPLIER, PARTNER))
        self.alice_mobile = self.outsider(ALICE_MOBILE)
        self.hidden = self.outsider(HIDDEN)
        self.client_by_backup = Line(self.backup_operator, CLIENT)

    @staticmethod
    def phones(version: str) -> dict[str, str]:
        """The channel of each extension."""
        return devices(version)

    def insider(self, extension: str) -> Line:
        """Someone of the office, by extension."""
        return Line(self.staff[extension], extension)

    def outsider(self, number: str) -> Line:
        """Someone outside, by the number that the operator knows."""
        return Line(self.operator, number)

    def talk_for(self, seconds: float) -> None:
        """Whenever people hear each other, for so long."""
        for phone in self._phones():
            phone.word = seconds

    def channel(self, device: str) -> str:
        """The name of the newest channel of a device (`PJSIP/trunk`) that is alive."""
        names = [name for name in self.ami.channels.values() if name.startswith(f"{device}-")]
        assert names, f"{device} is in no call: {sorted(self.ami.channels.values())}"
        return names[-1]

    async def transfers_by_keys(self, agent: Line, code: str, number: str) -> None:
        """Press a feature code and, as soon as the other one hears music, the number."""
        before = len(self.ami.events)
        await agent.presses(code)
        await self.ami.event("MusicOnHoldStart", since=before)
        await agent.presses(number)

    async def heard_refuse(self, *agents: Line) -> None:
        """Wait until Asterisk knows that these have refused: the answer of another, given after
        it, may reach Asterisk before it."""

        def heard() -> bool:
            over = [one["DestChannel"] for one in self.ami.events if one["Event"] == "DialEnd"]
            return all(any(name.startswith(f"{one}-") for name in over) for one in refused)

        refused = [self.asterisk.devices[one.number] for one in agents]
        await self.ami.until(heard, 10, f"no end of a dial for each of {refused}")

    async def fetches(self, agent: Line, place: str) -> None:
        """Dial the place where somebody is parked, and take him out. Raises NotInTime where he has
        gone back by then: whoever comes too late hears an announcement, and talks with nobody."""
        before = len(self.ami.events)
        await agent.calls(place)
        await self.ami.event("UnParkedCall", since=before, ParkingSpace=place)

    @asynccontextmanager
    async def set_up(self, **globals_: str) -> AsyncIterator[None]:
        """Global variables of the dialplan that hold for a while."""
        before = {name: await self._global(name) for name in globals_}
        try:
            for name, value in globals_.items():
                await self.ami.act("Setvar", Variable=name, Value=value)
            yield
        finally:
            for name, value in before.items():
                await self.ami.act("Setvar", Variable=name, Value=value)

    async def _global(self, name: str) -> str:
        return (await self.ami.act("Getvar", Variable=name)).get("Value", "")

    @asynccontextmanager
    async def playing(self, keep: Path | None = None) -> AsyncIterator[Self]:
        """One scenario: its own AMI session, kept in `keep`, from silence to silence. Who is the
        client in it is its own affair, too."""
        async with self.asterisk.ami(keep) as session:
            before, self.ami = (self.ami, self.client), session
            try:
                yield self
            finally:
                self.ami, self.client = before
                self._everybody_hangs_up()
                await session.quiet()

    @property
    def is_whole(self) -> bool:
        """Whether Asterisk and every telephone's process run."""
        return self.asterisk.runs and not any(phone.dead for phone in self._phones())

    def _everybody_hangs_up(self) -> None:
        for phone in self._phones():
            for leg in phone.legs.values():
                if not leg.over:
                    phone.order("hang_up", leg=leg.number)

    def _phones(self) -> Iterator[Softphone]:
        yield from (*self.staff.values(), self.operator, self.backup_operator)


AnyOffice = TypeVar("AnyOffice", bound=Office)


def office(version: str = "22") -> AbstractAsyncContextManager[Office]:
    """The office of two departments on Asterisk `version`, as `opened`."""
    return opened(Office, version)


@asynccontextmanager
async def opened(kind: type[AnyOffice], version: str) -> AsyncIterator[AnyOffice]:
    """An office of this kind on Asterisk `version`, every phone registered. Raises
    NoAsterisk, NoTelephones."""
    phones.see_that_there_are_some()
    async with AsyncExitStack() as stack:
        place = running(version, kind.phones(version), kind.wing)
        asterisk = await stack.enter_async_context(place)
        session = await stack.enter_async_context(asterisk.ami())
        ports = asterisk.ports
        staff = {}
        for extension, device in asterisk.devices.items():
            port = ports.chan_sip if device.startswith("SIP/") else ports.sip
            phone = softphone(extension, f"127.0.0.1:{port}")
            staff[extension] = await stack.enter_async_context(phone)
        outside = []
        for address, port in (("127.0.0.2", ports.operator), ("127.0.0.3", ports.backup)):
            phone = softphone("000", f"127.0.0.1:{ports.sip}", outside=(address, port))
            outside.append(await stack.enter_async_context(phone))
        yield kind(asterisk, session, staff, *outside)
