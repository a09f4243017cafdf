"""A small CRM of a test's own: one handler, described by SMALL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.config.descriptions import parsed
from bridge.crm.declarative import DeclarativeCrm, DeclarativeSettings

SMALL: Final = """
crm: Own
settings: {url: {}, key: {secret: true, default: s3cr3t}}
base: "{{ settings.url }}/api"
key_header: X-Request-Key
reason: [$.message]
limits: {rate: 1000, burst: 1000, timeout: 3}
contact:
  row: {id: $.id, name: $.name, phones: "$.phones[*]"}
  search:
    id: {get: "/people/{{ asked }}"}
    name: {get: /people, query: {name: "{{ asked }}"}, rows: "$.rows[*]"}
  write: {name: {name: "{{ value }}"}}
  create: {post: /people, body: "{{ fields }}", id: $.id}
  update: {put: "/people/{{ id }}", body: "{{ fields }}"}
"""
PEOPLE: Final = [{"id": number, "name": f"Иван {number}", "phones": []} for number in range(7)]

Handler = Callable[[web.Request], web.Response]


@asynccontextmanager
async def own(
    handler: Handler, folder: Path, more: str = "", **given: str
) -> AsyncIterator[DeclarativeCrm]:
    """A CRM that this handler is, described by SMALL and `more`; `given` are settings of it."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        text = more if more.lstrip().startswith("crm:") else SMALL + more
        settings = DeclarativeSettings(
            file=Path("own.yml"),
            folder=folder,
            settings={"url": str(server.make_url("")).rstrip("/"), **given},
            described=parsed(text, "own.yml"),
        )
        crm = DeclarativeCrm(settings)
        yield crm
        await crm.close()


def said(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(data, status=status, headers=headers)
