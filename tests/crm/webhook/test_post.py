"""What an answer means whose body breaks off: its status has come."""

from __future__ import annotations

import asyncio

import pytest

from bridge.crm.webhook.post import Poster, Request
from bridge.domain.commands import Verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, Verdict.ACCEPTED), (422, Verdict.REFUSED), (500, Verdict.TRY_LATER)],
)
@pytest.mark.parametrize("framing", ["Content-Length: 50", "Transfer-Encoding: chunked"])
async def test_the_status_decides_though_the_body_breaks_off(
    status: int, verdict: Verdict, framing: str
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} x\r\n{framing}\r\n\r\n5\r\nno".encode())
        writer.close()

    poster = Poster(2.0)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        outcome = await poster.send(Request(url=f"http://127.0.0.1:{port}/", body=b"{}"))
    await poster.close()
    assert outcome.verdict is verdict
