"""What an address gets, and what becomes of its answers: a real server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bridge.domain.signature import signature
from bridge.scripts.actions import Answer, Ask
from bridge.scripts.asking import HttpAddresses

QUESTION = '{"a": 1}'
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def asked(handler: Handler, within: float = 2.0) -> Answer:
    addresses = HttpAddresses(["0f3a7c5e9b21"])
    async with serving(handler) as url:
        try:
            question = Ask("debt", url, "POST", QUESTION, within)
            return await addresses.ask(question, "answered", "call/answered/1")
        finally:
            await addresses.close()


async def debt(request: web.BaseRequest) -> web.Response:
    return web.json_response({"sum": 5})


async def in_pieces(request: web.BaseRequest) -> web.StreamResponse:
    """The client hears the first part before we send the second."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    for part in (b'{"sum"', b": ", b"5}"):
        await answer.write(part)
        await asyncio.sleep(0.05)
    return answer


async def failing(request: web.BaseRequest) -> web.Response:
    return web.json_response({"why": "down"}, status=503)


async def chatting(request: web.BaseRequest) -> web.Response:
    return web.Response(text="<html>")


async def flooding(request: web.BaseRequest) -> web.Response:
    return web.Response(text="[" + "1," * 50_000 + "1]")


async def deep(request: web.BaseRequest) -> web.Response:
    return web.Response(text="[" * 20_000)


async def hanging(request: web.BaseRequest) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


async def moving(request: web.BaseRequest) -> web.Response:
    raise web.HTTPFound("http://127.0.0.1:1/")


ROWS = [
    (debt, Answer(True, 200, {"sum": 5})),
    (in_pieces, Answer(True, 200, {"sum": 5})),
    (failing, Answer(False, 503, {"why": "down"})),
    (chatting, Answer(False, 200, None)),
    (flooding, Answer(False, 200, None)),
    (deep, Answer(False, 200, None)),
    (moving, Answer(False, 302, None)),
]


@pytest.mark.proves("S2-37")
@pytest.mark.parametrize(("handler", "answer"), ROWS, ids=[row[0].__name__ for row in ROWS])
async def test_an_answer(handler: Handler, answer: Answer) -> None:
    assert await asked(handler) == answer


async def test_an_address_that_hangs_is_left_in_time() -> None:
    assert await asked(hanging, within=0.05) == Answer()


async def test_nobody_listens() -> None:
    question = Ask("debt", "http://127.0.0.1:1/", "POST", "", 1.0)
    assert await HttpAddresses(()).ask(question, "answered", "1") == Answer()


async def test_a_question_is_signed() -> None:
    seen: list[bool] = []

    async def checking(request: web.BaseRequest) -> web.Response:
        at, body = request.headers["X-Bridge-Timestamp"], await request.read()
        good = f"v1={signature('0f3a7c5e9b21', int(at), body)}"
        seen.append(request.headers["X-Bridge-Signature"] == good)
        return web.json_response({})

    await asked(checking)
    assert seen == [True]
