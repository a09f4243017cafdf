"""An account as a process: `python -m tests.portals.amocrm --port 8025 --extension 101=Anna`.

Prints one line of JSON with its address, a token, its users by extension and its own fields; shows
a page at `/` and everything at `/state.json`; ends with SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from typing import Final

from .portal import Portal

_FIELDS: Final = {"contact": "contacts", "company": "companies", "lead": "leads"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.portals.amocrm")
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
        people = [each.partition("=") for each in extensions]
        users = {
            number: portal.add_user(name or f"Employee {number}") for number, _, name in people
        }
        fields = {kind: {"key": portal.add_field(of, "Key")} for kind, of in _FIELDS.items()}
        told = {"account": portal.url, "token": portal.auth.long_lived}
        print(json.dumps({**told, "extensions": users, "fields": fields}), flush=True)
        await stop.wait()


if __name__ == "__main__":
    main()
