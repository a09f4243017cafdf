"""The library's server as it comes, in a process of its own, for it may stop for good.

Run: `python -m tests.agi.bare`; the port stands on standard output.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from panoramisk import fast_agi


async def three_commands(request: Any) -> None:
    """A wrong command between two right ones; what the third was told, back to the dialplan."""
    await request.send_command("GET VARIABLE A")
    await request.send_command("WRONG")
    reply = await request.send_command("GET VARIABLE C")
    await request.send_command(f"VERBOSE {reply['result'][1]}")


async def one_command(request: Any) -> None:
    await request.send_command("NOOP")


async def serve() -> None:
    app = fast_agi.Application(loop=asyncio.get_running_loop())
    app.add_route("three", three_commands)
    app.add_route("one", one_command)
    listening = await asyncio.start_server(app.handler, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


@asynccontextmanager
async def bare_server() -> AsyncIterator[int]:
    """Its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.agi.bare"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(serve())
