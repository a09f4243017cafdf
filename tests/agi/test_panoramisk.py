"""What the bare library does wrong, a test a fault: put to it and to ours.

The bare library must fail each (`xfail`, strict): a test here that it passes proves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from panoramisk import fast_agi

from bridge.agi.line import MOST_BYTES
from bridge.agi.server import AgiServer
from bridge.agi.settings import AgiSettings
from tests.agi import dialplan
from tests.agi.bare import bare_server, one_command, three_commands
from tests.agi.dialplan import ask, channel
from tests.agi.loops import event_loop_policy as event_loop_policy

pytestmark = pytest.mark.parametrize(
    "kind", [pytest.param("bare", marks=pytest.mark.xfail(strict=True)), "ours"]
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialplan, "SOON", 1.0)


@pytest.fixture
async def port(kind: str) -> AsyncIterator[int]:
    if kind == "bare":
        async with bare_server() as port:
            yield port
        return
    server = ours()
    server.add_route("three", three_commands)
    server.add_route("one", one_command)
    yield await server.open()
    await server.close(within=0.1)


def ours() -> AgiServer:
    return AgiServer(AgiSettings(port=0))


def made(kind: str) -> Any:
    return ours() if kind == "ours" else fast_agi.Application(loop=asyncio.get_running_loop())


async def test_a_port_check_does_not_stop_the_loop(port: int) -> None:
    async with channel(port) as at:
        at.writer.write_eof()
        await at.is_let_go()
    assert await ask(port, "one") == ["NOOP"]


async def test_a_usage_text_does_not_shift_the_replies(port: int) -> None:
    usage = (
        "520-Invalid command syntax.  Proper usage follows:\n"
        "Usage: WRONG\nNothing to be said of it.\n520 End of proper usage."
    )
    sent = await ask(port, "three", "200 result=1 (a)", usage, "200 result=1 (c)")
    assert sent[-1] == "VERBOSE c"


async def test_the_query_of_the_address_is_no_part_of_the_path(port: int) -> None:
    assert await ask(port, "one?n=1") == ["NOOP"]


async def test_a_name_in_another_encoding_is_no_reason_to_hang_up(port: int) -> None:
    async with channel(port) as at:
        at.sends(b"agi_network_script: one\nagi_calleridname: \xc8\xe2\xe0\xed\n\n")
        assert await at.plays() == ["NOOP"]


async def test_a_handshake_without_an_end_is_let_go(port: int) -> None:
    async with channel(port) as at:
        with suppress(ConnectionError):
            for _ in range(4):
                at.sends("agi_x: " + "y" * MOST_BYTES + "\n")
                await at.writer.drain()
        assert await at.is_let_go()


async def test_a_plain_function_is_refused_in_words(kind: str) -> None:
    with pytest.raises(TypeError, match="async def"):
        made(kind).add_route("plain", lambda request: None)


async def test_a_handler_that_is_cancelled_is_cancelled(kind: str) -> None:
    app, started = made(kind), asyncio.Event()

    async def waits(request: Any) -> None:
        started.set()
        await asyncio.Event().wait()

    app.add_route("waits", waits)
    others = asyncio.all_tasks()
    async with channel(await listening(app)) as at:
        at.asks("waits")
        await started.wait()
        handlers = asyncio.all_tasks() - others
        for task in handlers:
            task.cancel()
        await asyncio.wait(handlers)
    assert all(task.cancelled() for task in handlers)


async def listening(app: Any) -> int:
    """The port of an application that listens until the loop ends."""
    if isinstance(app, AgiServer):
        return await app.open()
    server = await asyncio.start_server(app.handler, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    return port
