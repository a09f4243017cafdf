"""The request that a new connector begins with, against a server that keeps to nothing."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bridge.crm.template.http import Http
from bridge.crm.template.settings import TemplateSettings
from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict

UNCLEAR, LATER = Verdict.UNCLEAR, Verdict.TRY_LATER


async def asked(method: str, answer: web.Response | None) -> Any:
    """None: the connection breaks."""

    async def said(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer t0ken"
        if answer is None and request.transport:
            request.transport.abort()
        return answer or web.Response()

    app = web.Application()
    app.router.add_route("*", "/people", said)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        http = Http(TemplateSettings(url=url, token=SecretStr("t0ken"), timeout=3))
        try:
            return await http.ask("people", method, "/people")
        finally:
            await http.close()


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (401, Verdict.NEEDS_LOGIN, Verdict.NEEDS_LOGIN),
        (403, Verdict.NEEDS_LOGIN, Verdict.NEEDS_LOGIN),
        (429, LATER, LATER),
        (503, LATER, LATER),
        (500, LATER, UNCLEAR),
        (502, LATER, UNCLEAR),
        (422, Verdict.REFUSED, Verdict.REFUSED),
        (0, LATER, UNCLEAR),
        (200, LATER, UNCLEAR),
    ],
    ids=lambda value: {0: "a broken connection", 200: "no JSON"}.get(value, str(value)),
)
async def test_what_a_request_that_failed_means(status: int, read: Verdict, write: Verdict) -> None:
    found = []
    for method in ("GET", "POST"):
        answer = web.Response(status=status, text="<html>") if status else None
        with pytest.raises(Trouble) as raised:
            await asked(method, answer)
        found.append(raised.value.verdict)
    assert found == [read, write]


async def test_what_is_not_there_is_nothing_for_a_read_and_a_refusal_for_a_write() -> None:
    assert await asked("GET", web.Response(status=404)) is None
    with pytest.raises(Trouble, match="HTTP 404"):
        await asked("POST", web.Response(status=404))


async def test_the_answer_is_its_json() -> None:
    assert await asked("GET", web.json_response([{"id": 7}])) == [{"id": 7}]
