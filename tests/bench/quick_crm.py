"""A CRM that answers at once, as a process of its own: `python -m tests.bench.quick_crm` prints its
port. It makes nothing; what it costs is not the daemon's."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

_IDS: Final = itertools.count(1)


async def _write(request: web.Request) -> web.Response:
    await request.read()
    return web.json_response({"id": str(next(_IDS))})


async def _leads(_request: web.Request) -> web.Response:
    return web.json_response({"leads": []})


async def _serve() -> None:
    app = web.Application()
    app.router.add_post("/write", _write)
    app.router.add_get("/leads", _leads)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


@asynccontextmanager
async def quick_crm() -> AsyncIterator[str]:
    """Its URL, while inside."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.quick_crm"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
