"""A portal as a process: `python -m tests.portals.bitrix24 --port 8024 --extension 101=Anna`.

Prints one line of JSON with its addresses and secrets; ends with SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from .auth import described
from .portal import Portal


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.portals.bitrix24")
    parser.add_argument("--port", type=int, default=0, help="a free one where none is named")
    parser.add_argument(
        "--extension",
        action="append",
        default=[],
        metavar="NUMBER=NAME",
        help="an employee; may be repeated",
    )
    asked = parser.parse_args()
    asyncio.run(_serve(asked.port, asked.extension))


async def _serve(port: int, extensions: list[str]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Portal(port=port) as portal:
        for each in extensions:
            extension, _, name = each.partition("=")
            portal.add_user(extension, name or f"Employee {extension}")
        print(json.dumps(described(portal.auth)), flush=True)
        await stop.wait()


if __name__ == "__main__":
    main()
