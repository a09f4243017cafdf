"""What an odd answer means: its body breaks off, or it names a moment that cannot be."""

from __future__ import annotations

import asyncio

import pytest

from bridge.crm.webhook.post import Poster, Request, outcome
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


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("Thu, 01 Jan 2015 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2015 00:00:00 -0000", 0.0),
        ("soon", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_a_receiver_names_when_to_come_again(told: str | None, seconds: float | None) -> None:
    busy = outcome(429, b"", told)
    assert (busy.verdict, busy.retry_after) == (Verdict.TRY_LATER, seconds)
