"""What a real Asterisk, 22 and 16, makes of the values that it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from socket import socket

import pytest
import pytest_asyncio

from bridge.agi.answers import Answers
from bridge.agi.endpoints import agi_server
from bridge.agi.settings import AgiSettings
from bridge.domain.lines import plain
from bridge.domain.routes import Decision, RouteStatus
from tests.agi.routers import Told
from tests.agi.test_command import NASTY
from tests.lab.ami import Ami, Message
from tests.lab.asterisk import running
from tests.lab.office import devices

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asterisk16,
    pytest.mark.asyncio(loop_scope="session"),
]
GROUPS = [
    pytest.param(one, marks=pytest.mark.xdist_group(f"agi_values_{one}")) for one in ("22", "16")
]
VALUES = (*NASTY, "${EXTEN}", "$[1+1]", "a\r\nSET VARIABLE BRIDGE_DIAL PJSIP/evil\r\n", "x" * 200)
TOLD = Told()


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=GROUPS)
async def ami(request: pytest.FixtureRequest) -> AsyncIterator[Ami]:
    """An Asterisk whose dialplan asks us, and reads what EXEC gets as it reads its own lines."""
    settings = AgiSettings(port=0)
    server = agi_server(settings, Answers(TOLD, settings.deadline))
    port = await server.open()
    async with running(request.param, devices(request.param)) as asterisk, asterisk.ami() as ami:
        await ami.act("Setvar", Variable="BRIDGE_AGI_PORT", Value=str(port))
        await ami.act("Setvar", Variable="AGIEXECFULL", Value="yes")
        yield ami
    await server.close()


async def asked(ami: Ami, exten: str = "s") -> Message:
    """A channel has asked; it waits to be looked at."""
    since = len(ami.events)
    await ami.act(
        "Originate", Channel=f"Local/{exten}@ask", Application="Wait", Data="5", Async="true"
    )
    return await ami.event("UserEvent", since=since, UserEvent="Told")


async def value(ami: Ami, channel: str, variable: str) -> str:
    return (await ami.act("Getvar", Channel=channel, Variable=variable)).get("Value", "")


@pytest.mark.parametrize("name", VALUES)
async def test_a_name_is_a_name(ami: Ami, name: str) -> None:
    TOLD.decision = Decision(status=RouteStatus.OK, dial="PJSIP/101", name=name, label=name)
    channel = (await asked(ami))["Channel"]
    set_ = [await value(ami, channel, f"BRIDGE_{one}") for one in ("NAME", "LABEL", "DIAL")]
    await ami.act("Hangup", Channel=channel)
    await ami.quiet()
    # 96 characters of a value fit the line, whatever they are.
    assert set_ == [plain(name, 96), plain(name, 96), "PJSIP/101"]


async def test_a_skill_of_many_people_has_every_phone(ami: Ami) -> None:
    dial = "&".join(f"Local/{number}@originate-skipvm/n" for number in range(101, 141))
    TOLD.decision = Decision(status=RouteStatus.OK, dial=dial)
    since = len(ami.events)
    channel = (await asked(ami))["Channel"]
    # Getvar of a plain variable copies 1023 characters of it (action_getvar in manager.c).
    said = [one for one in ami.events[since:] if one.get("Variable") == "BRIDGE_DIAL"]
    last = await value(ami, channel, "CUT(BRIDGE_DIAL,&,40)")
    await ami.act("Hangup", Channel=channel)
    await ami.quiet()
    assert (said[-1]["Value"], last) == (dial, "Local/140@originate-skipvm/n")


async def test_a_limit_that_the_channel_had_is_put_back(ami: Ami) -> None:
    told = await asked(ami, "limited")
    await ami.act("Hangup", Channel=told["Channel"])
    await ami.quiet()
    assert 50 < float(told["Limit"]) <= 60
    assert told.get("OnHangup", "") == ""


async def test_a_host_that_does_not_even_refuse_costs_what_agi_waits_for_a_connection(
    ami: Ami,
) -> None:
    """Two seconds (MAX_AGI_CONNECT of res_agi.c), which no dialplan can shorten."""
    port = (await ami.act("Getvar", Variable="BRIDGE_AGI_PORT"))["Value"]
    with full_port() as full:
        await ami.act("Setvar", Variable="BRIDGE_AGI_PORT", Value=str(full))
        since = len(ami.events)
        told = await asked(ami)
        began = await ami.event("Newexten", since=since, Application="AGI")
    await ami.act("Setvar", Variable="BRIDGE_AGI_PORT", Value=port)
    status = await value(ami, told["Channel"], "BRIDGE_STATUS")
    await ami.act("Hangup", Channel=told["Channel"])
    await ami.quiet()
    assert status in {"OFF", "TIMEOUT"}
    assert float(told["Timestamp"]) - float(began["Timestamp"]) < 3


@contextmanager
def full_port() -> Iterator[int]:
    """A port on which the kernel lets nobody in any more, as a hung daemon's is after a while."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]
