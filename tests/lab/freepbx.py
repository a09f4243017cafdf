"""An office in the shape that FreePBX gives to its calls: `etc/freepbx*`.

Numbers stand as its trunk sends them, without a plus: DIDs 4419049008xx (01 to 07 the extensions
101 to 107), clients 7916123456x. 105 has follow-me to a mobile that the directory knows.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from tests.lab import truth
from tests.lab.line import Line
from tests.lab.office import Office
from tests.lab.phones import Leg
from tests.lab.scenario import scenario
from tests.lab.truth import Record

STAFF = ("101", "102", "103", "104", "105", "106", "107")
MENU, GROUP, QUEUE, GROUP_WITH_MOBILE = (f"4419049008{last}" for last in (11, 12, 13, 15))
SHOWN = "441904900863"
CLIENT, OTHER_CLIENT = "79161234567", "79161234568"
ERIN_MOBILE, GROUP_MOBILE, STRANGER = "79031112233", "79034445566", "79035556677"
on_freepbx = partial(
    scenario, wing="freepbx", agents=({"extension": "105", "mobiles": [f"+{ERIN_MOBILE}"]},)
)


def did(extension: str) -> str:
    """The DID of one extension."""
    return f"44190490080{extension[-1]}"


def inbound(dialled: str, client: str = CLIENT, **but: Any) -> Record:
    """An inbound call to a DID of this office."""
    return truth.inbound(f"+{dialled}", f"+{client}", **but)


def outbound(**but: Any) -> Record:
    """A call to the client, who is shown the company's number."""
    return truth.outbound(f"+{SHOWN}", f"+{CLIENT}", **but)


def undecided(record: Record, *fields: str) -> Record:
    """The record without the fields that a scenario does not decide."""
    return {key: value for key, value in record.items() if key not in fields}


class FreePbx(Office):
    """Everybody of this office."""

    wing = "freepbx"
    trunks = ("PJSIP/Calls-*",)

    def __post_init__(self) -> None:
        self.alice, self.bob, self.carol, self.dave, self.erin, self.frank, self.grace = (
            self.insider(extension) for extension in STAFF
        )
        self.client, self.other_client = map(self.outsider, (CLIENT, OTHER_CLIENT))
        self.erin_mobile, self.group_mobile = map(self.outsider, (ERIN_MOBILE, GROUP_MOBILE))
        self.stranger = self.outsider(STRANGER)

    @staticmethod
    def phones(version: str) -> dict[str, str]:
        """Every phone is PJSIP here, on Asterisk 16, too."""
        return {one: f"PJSIP/{one}" for one in STAFF}

    @asynccontextmanager
    async def stored(self, family: str, extension: str, value: str = "YES") -> AsyncIterator[None]:
        """A setting that holds for a while: CF, CFB, CFU, DND, CONFIRM."""
        await self.ami.act("DBPut", Family=family, Key=extension, Val=value)
        try:
            yield
        finally:
            await self.ami.act("DBDel", Family=family, Key=extension)

    async def reaches(self, line: Line, number: str) -> Leg:
        """The client calls `number` and talks with `line`; their leg there."""
        await self.client.calls(number)
        leg = await line.answers()
        await self.client.talks_with(line)
        return leg

    async def asks(self, line: Line, client: Leg, number: str, colleague: Line) -> Leg:
        """`line` holds the client and talks with a colleague at `number`; the leg there."""
        await line.holds(client)
        consulted = await line.calls(number)
        await colleague.answers()
        await colleague.hears()
        return consulted

    async def clicked(self, context: str = "from-internal") -> None:
        """The CRM lets Alice call the client."""
        await self.ami.act(
            "Originate",
            Channel=f"Local/101@{context}",
            Context="from-internal",
            Exten=CLIENT,
            Priority="1",
            Async="true",
        )
