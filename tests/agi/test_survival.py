"""Whatever connects, in whatever order it goes wrong, the next caller is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from ipaddress import ip_network

import pytest

from bridge.agi import server as module
from bridge.agi.answers import Answers
from bridge.agi.endpoints import agi_server
from bridge.agi.server import AgiServer
from bridge.agi.settings import AgiSettings
from tests.agi.conftest import Counted
from tests.agi.dialplan import Channel, ask, channel
from tests.agi.loops import event_loop_policy as event_loop_policy
from tests.agi.routers import Told
from tests.lab.wait import until

Trouble = Callable[[Channel], Awaitable[object]]


async def nothing(at: Channel) -> None:
    """A port check."""


async def silence(at: Channel) -> None:
    await at.is_let_go()


async def headers_without_end(at: Channel) -> None:
    for _ in range(100):
        at.sends("agi_x: " + "y" * 1000 + "\n")
    await at.is_let_go()


async def headers_too_long(at: Channel) -> None:
    """Their end comes with the same read."""
    at.sends("agi_network_script: route\nagi_x: " + "y" * 20_000 + "\n\n")
    await at.is_let_go()


async def slow_headers(at: Channel) -> None:
    while not at.reader.at_eof() and not at.writer.is_closing():
        at.sends("a")
        await asyncio.sleep(0.01)


async def garbage(at: Channel) -> None:
    at.sends(bytes(range(256)) * 4 + b"\n\n")
    await at.is_let_go()


async def half_a_handshake(at: Channel) -> None:
    at.sends("agi_network_script: route\n")


async def garbage_for_a_reply(at: Channel) -> None:
    await at.plays("\x00\xff nonsense")


async def a_reply_without_end(at: Channel) -> None:
    await at.plays("200 " + "x" * 100_000)


async def a_reply_in_two_pieces(at: Channel) -> None:
    await at.command()
    at.sends("200 res")
    await asyncio.sleep(0.01)
    at.sends("ult=0\n")
    await at.is_let_go()


async def a_usage_text(at: Channel) -> None:
    await at.plays("520-Invalid command syntax.\nUsage: MSet\n520 End of proper usage.")


async def a_usage_without_end(at: Channel) -> None:
    await at.plays("520-Invalid command syntax.\n" + "x\n" * 200)


async def no_reply(at: Channel) -> None:
    await at.command()
    await at.is_let_go()


async def hang_up_before_the_reply(at: Channel) -> None:
    await at.plays("HANGUP\n511 Command Not Permitted on a dead channel or intercept routine")


async def dead_channel(at: Channel) -> None:
    await at.plays("511 Command Not Permitted on a dead channel or intercept routine")


async def gone_before_the_reply(at: Channel) -> None:
    await at.command()


ENDINGS: dict[Trouble, str] = {
    nothing: "",
    silence: "agi_refused slow",
    headers_without_end: "agi_refused size",
    headers_too_long: "agi_refused size",
    slow_headers: "agi_refused slow",
    garbage: "agi_refused path",
    half_a_handshake: "agi_refused half",
}
ENDINGS_ONCE_ASKED: dict[Trouble, str] = {
    garbage_for_a_reply: "unreadable",
    a_reply_without_end: "unreadable",
    a_reply_in_two_pieces: "done",
    a_usage_text: "done",
    a_usage_without_end: "unreadable",
    no_reply: "late",
    hang_up_before_the_reply: "hangup",
    dead_channel: "done",
    gone_before_the_reply: "hangup",
}


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANDSHAKE_SECONDS", 0.3)


@pytest.mark.parametrize("trouble", ENDINGS, ids=lambda one: one.__name__)
async def test_the_next_caller_is_answered(trouble: Trouble, port: int, counted: Counted) -> None:
    async with channel(port) as at:
        await trouble(at)
    assert len(await ask(port, "route")) == 1
    if ending := ENDINGS[trouble]:
        await until_counted(counted, ending)


@pytest.mark.parametrize("path", ["route", "lookup"], ids=["known at once", "waited for"])
@pytest.mark.parametrize("trouble", ENDINGS_ONCE_ASKED, ids=lambda one: one.__name__)
async def test_the_next_caller_is_answered_after_one_who_asked(
    trouble: Trouble, path: str, port: int, counted: Counted
) -> None:
    async with channel(port) as at:
        at.asks(path)
        await trouble(at)
    await until_counted(counted, f"agi_requests {path} {ENDINGS_ONCE_ASKED[trouble]}")
    assert len(await ask(port, path)) == 1


async def until_counted(counted: Counted, ending: str) -> None:
    async def counted_so() -> bool:
        return counted.counts[ending] == 1

    await until(counted_so, f"{ending} in {counted.counts}")


async def test_who_hangs_up_before_the_answer_leaves_nothing(
    port: int, told: Told, counted: Counted
) -> None:
    told.hold = asyncio.Event()
    async with channel(port) as at:
        at.asks("route")
    told.hold.set()
    await until_counted(counted, "agi_requests route hangup")


@pytest.mark.parametrize("waits", [True, False], ids=["while_the_first_waits", "all_at_once"])
async def test_a_line_is_for_one_question_and_who_asks_on_is_sent_away(
    waits: bool, port: int, told: Told, counted: Counted
) -> None:
    told.hold = asyncio.Event()

    async def first_waits() -> bool:
        return not waits or bool(told.asked)

    async with channel(port) as at:
        at.asks("route")
        if waits:
            await at.writer.drain()
            await until(first_waits, "the first question")
        for _ in range(10):  # together less than a handshake that is too long
            at.asks("route")
        assert await at.is_let_go()
    assert len(told.asked) <= 1
    await until_counted(counted, "agi_refused more")
    told.hold = None
    assert len(await ask(port, "route")) == 1


async def test_who_hangs_up_while_his_question_waits_has_asked_no_more(
    port: int, told: Told, counted: Counted
) -> None:
    told.hold = asyncio.Event()
    async with channel(port) as at:
        at.asks("route")
        at.sends("HANGUP\n")
        told.hold.set()
        await at.is_let_go()
    await until_counted(counted, "agi_requests route hangup")
    assert counted.counts["agi_refused more"] == 0


async def test_who_is_no_asterisk_of_ours_is_sent_away(told: Told, counted: Counted) -> None:
    settings = AgiSettings(port=0, peers=(ip_network("192.0.2.0/24"),))
    server = agi_server(settings, Answers(told, settings.deadline, counted), counted)
    async with channel(await server.open()) as at:
        at.asks("route")
        assert await at.is_let_go()
    await server.close()
    assert (told.asked, counted.counts["agi_refused peer"]) == ([], 1)


@pytest.mark.parametrize("settings", [AgiSettings(port=0, connections=2)])
async def test_more_than_the_limit_are_sent_away_at_once(port: int, counted: Counted) -> None:
    async with channel(port), channel(port), channel(port) as third:
        assert await third.is_let_go()
    assert counted.counts["agi_refused crowd"] == 1


async def test_what_is_in_flight_is_finished_when_we_stop(
    server: AgiServer, port: int, told: Told
) -> None:
    told.hold = asyncio.Event()
    async with channel(port) as at, asyncio.TaskGroup() as group:
        at.asks("route")

        async def asked() -> bool:
            return bool(told.asked)

        await until(asked, "the question")
        group.create_task(server.close())
        told.hold.set()
        assert len(await at.plays()) == 1
    with pytest.raises(ConnectionError):
        async with channel(port):
            pass


async def test_what_takes_too_long_is_cut_off_when_we_stop(server: AgiServer, port: int) -> None:
    async with channel(port) as at:
        at.asks("rate")
        await at.command()
        await server.close(within=0.05)
        assert await at.is_let_go()


@pytest.mark.parametrize("settings", [AgiSettings(port=0, connections=50)])
async def test_ten_thousand_silent_connections_do_not_keep_a_caller_from_an_answer(
    port: int,
) -> None:
    """No more than the limit stand at once, so that no file descriptor is ever wanting."""
    for _ in range(100):
        async with AsyncExitStack() as stack:
            for _ in range(100):
                await stack.enter_async_context(channel(port))

    async def answered() -> bool:
        return len(await ask(port, "route")) == 1

    await until(answered, "an answer", within=5)
