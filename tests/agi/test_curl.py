"""The dialplan that asks over HTTP, on a real Asterisk 22 and 16: the token is the bridge's alone,
and what the channel's own dialplan asks is as it was."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web

from tests.agi.live import TOKEN, OverHttp
from tests.lab.ami import Ami, Message
from tests.lab.asterisk import running
from tests.lab.office import devices

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asterisk16,
    pytest.mark.asyncio(loop_scope="session"),
]
GROUPS = [
    pytest.param(one, marks=pytest.mark.xdist_group(f"agi_curl_{one}")) for one in ("22", "16")
]

SHOWN = f"Basic {b64encode(f'{TOKEN}:'.encode()).decode()}"


@dataclass
class Addresses:
    """The bridge's and the company's own; keeps who was shown which credential."""

    ami: Ami
    shown: dict[str, str | None] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.Response:
        self.shown[request.path] = request.headers.get("Authorization")
        text = "BRIDGE,OK,101,PJSIP%2F101,20,,,,owner,,,,,PJSIP%2F102"
        return web.Response(text=text if request.path.endswith("/route") else "own")

    async def asked(self, exten: str) -> Message:
        since = len(self.ami.events)
        await self.ami.act(
            "Originate", Channel=f"Local/{exten}@ask", Application="Wait", Data="5", Async="true"
        )
        told = await self.ami.event("UserEvent", since=since, UserEvent="Told")
        await self.ami.act("Hangup", Channel=told["Channel"])
        await self.ami.quiet()
        return told


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=GROUPS)
async def addresses(request: pytest.FixtureRequest) -> AsyncIterator[Addresses]:
    app = web.Application()
    runner = web.AppRunner(app)
    async with (
        running(request.param, devices(request.param), OverHttp.wing) as asterisk,
        asterisk.ami() as ami,
    ):
        both = Addresses(ami)
        app.router.add_get("/{path:.*}", both.answer)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        for name, value in (("PORT", str(port)), ("TOKEN", TOKEN)):
            await ami.act("Setvar", Variable=f"BRIDGE_WEB_{name}", Value=value)
        # An event tells of each of these, too, in no order with any other.
        await ami.event("VarSet", Variable="BRIDGE_WEB_TOKEN", Value=TOKEN)
        yield both
        await runner.cleanup()


async def test_the_token_is_shown_to_the_bridge_alone(addresses: Addresses) -> None:
    since = len(addresses.ami.events)
    told = await addresses.asked("s")
    said = [value for one in addresses.ami.events[since:] for value in one.values()]
    assert (told["Status"], told["Own"]) == ("OK", "own")
    assert addresses.shown == {"/api/v1/route": SHOWN, "/own": None}
    assert [value for value in said if TOKEN in value] == []


@pytest.mark.parametrize(("exten", "limits"), [("s", (0, 180)), ("limited", (7, 9))])
async def test_the_limits_of_the_channel_are_put_back(
    addresses: Addresses, exten: str, limits: tuple[float, float]
) -> None:
    connect, whole = (await addresses.asked(exten))["Limits"].split()
    assert (float(connect), float(whole)) == limits
