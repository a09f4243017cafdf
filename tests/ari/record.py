"""Plays scenarios live and keeps what ARI said: tests/calls/<name>/capture.ari, one event a line.

Run: `python -m tests.ari.record [NAME…]`; without a name, the chosen third of the plain office.
The truth beside it is the scenario's own (`python -m tests.lab.record`). Of the variables that are
set by the dozen for every call, only those that anybody might read are kept.
"""

import argparse
import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.lab.office import Office, office
from tests.lab.record import folder
from tests.lab.scenario import Scenario, load
from tests.lab.wait import until

NAME = "capture.ari"
# What decides nothing, and is two thirds of the bytes.
LEFT_OUT = re.compile(
    r'"type":"(?:DeviceStateChanged|ChannelConnectedLine|ChannelCallerId|BridgeCreated)"'
    r'|"variable":"(?!MIXMONITOR|BRIDGE_|QUEUE|ABANDONED)'
)


def chosen() -> list[Scenario]:
    """The third of the plain office's scenarios that other versions are tried with, too."""
    return [one for one in load().values() if one.on_16 and one.wing == Office.wing]


@asynccontextmanager
async def listening(at: Office, into: list[str]) -> AsyncIterator[Callable[[], None]]:
    """Every event of the PBX goes to `into`, as it comes."""
    secret = aiohttp.encode_basic_auth("lab", at.asterisk.secret)
    base = f"http://127.0.0.1:{at.asterisk.ports.http}"
    async with (
        aiohttp.ClientSession(base, headers={"Authorization": secret}) as http,
        http.ws_connect("/ari/events?app=recorder&subscribeAll=true") as events,
        asyncio.TaskGroup() as tasks,
    ):

        async def hear() -> None:
            async for came in events:
                into.append(came.data)  # noqa: PERF401  # whoever waits looks at it meanwhile

        hearing = tasks.create_task(hear())
        yield into.clear
        hearing.cancel()


async def record(scenario: Scenario, at: Office, heard: list[str]) -> None:
    """Play one scenario and keep what was heard, up to the last channel's end."""
    with tempfile.TemporaryDirectory() as temporary:
        await scenario.play(at, Path(temporary) / "capture.ami")

    async def silent() -> bool:
        created, ended = (
            sum(f'"type":"Channel{word}"' in line for line in heard)
            for word in ("Created", "Destroyed")
        )
        return created == ended > 0

    await until(silent, "every channel to end")
    lines = [line for line in heard if not LEFT_OUT.search(line)]
    (folder(scenario.name, "22") / NAME).write_text("\n".join([*lines, ""]), "utf-8")


async def main(names: list[str]) -> None:
    heard: list[str] = []
    async with office() as at, listening(at, heard) as clear:
        for one in [load()[name] for name in names] or chosen():
            clear()
            try:
                await record(one, at, heard)
                print(one.name, flush=True)
            except AssertionError as wrong:
                print(f"{one.name}: FAILED: {wrong}", flush=True)


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("names", nargs="*")
    asyncio.run(main(words.parse_args().names))
