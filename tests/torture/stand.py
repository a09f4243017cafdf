"""The daemon on a test stand: a PBX that replays, a CRM that counts, and somebody with a knife."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import copy
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml

from tests.lab.daemon import COMMAND, LOG
from tests.lab.ports import free_port
from tests.lab.wait import until
from tests.outbox.http_crm import CountingCrm
from tests.project.requirements import ROOT
from tests.torture.crm import plugin
from tests.torture.pbx import ReplayingPbx
from tests.torture.tape import MONITOR, Tape
from tests.tracker.recorded import Recorded, all_recorded

_LONGEST: Final = 2.5  # seconds of a call
_STARTS: Final = 180.0  # seconds that a start may take on a machine that does much else at once
_QUICK: Final = {"first": "PT0.01S", "ask_after": "PT0.05S"}


def tapes() -> list[Tape]:
    """Every short recorded call of one client whom we know by number, of the plain office."""
    found = [Tape(one) for one in all_recorded() if _is_plain(one)]
    return [tape for tape in found if tape.seconds < _LONGEST]


def _is_plain(recorded: Recorded) -> bool:
    truth = recorded.truth
    clients = [record["client"].get("number") for record in truth["records"]]
    other = recorded.name.endswith("_16") or recorded.name.startswith("freepbx_")
    return len(clients) == 1 and None not in clients and not other and not truth["agents"]


class Stand:
    """Everything of one test; calls come all the time while `load` runs."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self.folder = folder
        self.dice = dice
        self.web_port = free_port()
        self.monitor = folder / "monitor"
        self.pbx = ReplayingPbx(self.monitor, self._stage)
        self.crm = CountingCrm(dice, self._stage)
        self._tapes = tapes()
        self._numbers = itertools.count(1)
        self._stages = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def config(self) -> Path:
        return self.folder / "bridge.yml"

    @property
    def journal(self) -> Path:
        return self.folder / "journal" / "office.ami"

    def configure(self, **more: Any) -> None:
        """Write the daemon's configuration; the servers must listen already."""
        settings = {
            "folder": str(self.folder),
            "pbx": [
                {
                    "name": "office",
                    "port": self.pbx.port,
                    "username": "bridge",
                    "secret": self.pbx.secret,
                    "trunks": ["PJSIP/trunk-*"],
                    "recordings": {"pbx": MONITOR, "here": str(self.monitor)},
                }
            ],
            "store": {"url": f"sqlite:///{self.folder}/bridge.db"},
            "destinations": [
                {
                    "crm": {"kind": "counting", "name": "crm", "url": self.crm.url},
                    "retry": _QUICK,
                }
            ],
            "web": {"port": self.web_port},
            "log": {"format": "json"},
            **more,
        }
        self.config.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")

    async def start(self) -> asyncio.subprocess.Process:
        """The daemon; whether it is ready is the caller's business."""
        self._stages = 0
        found = os.pathsep.join([str(plugin(self.folder)), str(ROOT)])
        with (self.folder / LOG).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(COMMAND, "run", "-c", self.config),
                stderr=log,
                env=os.environ | {"PYTHONPATH": found},
            )
        return self._process

    def beside(self, folder: Path) -> Stand:
        """A second daemon of the same office and CRM, with a folder of its own."""
        folder.mkdir()
        other = copy(self)
        other.folder, other.web_port, other._process = folder, free_port(), None
        return other

    async def stop(self) -> None:
        """As systemd does it, if it still runs."""
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def killed_at(self, stage: int, seconds: float) -> None:
        """One life: killed at this stage or, if it takes longer, so long after its login."""
        process = await self.start()
        await self.follows()
        self._stages = stage
        await _ends(process, seconds)

    async def killed_early(self, seconds: float) -> None:
        """One life that may be over before anything was done."""
        await _ends(await self.start(), seconds)

    @asynccontextmanager
    async def load(self, every: float) -> AsyncIterator[None]:
        """A call every so many seconds while the block runs; all are over after it."""
        over = asyncio.Event()

        async def dial(group: asyncio.TaskGroup) -> None:
            while not over.is_set():
                group.create_task(self.call())
                await asyncio.sleep(self.dice.uniform(0, 2 * every))

        async with asyncio.TaskGroup() as group:
            dialling = group.create_task(dial(group))
            yield
            over.set()
            await dialling

    async def call(self) -> None:
        """One call of a client of its own."""
        tape = self.dice.choice(self._tapes)
        await self.pbx.play(tape.again(f"+7916{next(self._numbers):07}"))

    async def follows(self) -> None:
        """Wait until a daemon follows the PBX."""
        await until(self._logged_in, "the daemon to log in", within=_STARTS)

    async def _logged_in(self) -> bool:
        return self.pbx.followed

    async def ready(self) -> bool:
        """What /readyz says."""
        return await self._status("/readyz") == 200

    async def part(self, name: str) -> str:
        """What /readyz says of one part."""
        async with (
            aiohttp.ClientSession(f"http://127.0.0.1:{self.web_port}") as web,
            web.get("/readyz") as answer,
        ):
            said: dict[str, str] = await answer.json()
        return said.get(name, "")

    async def alive(self) -> bool:
        """What /livez says."""
        return await self._status("/livez") == 200

    async def metric(self, name: str) -> float:
        """The sum of a metric over all its labels; 0 where nothing was counted."""
        async with (
            aiohttp.ClientSession(f"http://127.0.0.1:{self.web_port}") as web,
            web.get("/metrics") as answer,
        ):
            lines = (await answer.text()).splitlines()
        wanted = f"asterisk_bridge_{name}"
        return sum(float(line.split()[-1]) for line in lines if line.startswith(wanted))

    def log(self) -> list[dict[str, Any]]:
        """Every line that the daemon logged."""
        lines = (self.folder / LOG).read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    async def _status(self, path: str) -> int:
        try:
            async with (
                aiohttp.ClientSession(f"http://127.0.0.1:{self.web_port}") as web,
                web.get(path) as answer,
            ):
                return answer.status
        except aiohttp.ClientError:
            return 0

    def calls_more(self, count: int) -> Callable[[], Awaitable[bool]]:
        """Whether so many calls more have begun since now."""
        wanted = len(self.pbx.calls) + count

        async def look() -> bool:
            return len(self.pbx.calls) >= wanted

        return look

    def _stage(self, what: str) -> None:
        """Something happened: at one of these moments the daemon is killed."""
        self._stages -= 1
        if self._stages == 0 and self._process and self._process.returncode is None:
            self._process.kill()


async def _ends(process: asyncio.subprocess.Process, within: float) -> None:
    try:
        async with asyncio.timeout(within):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def stand(folder: Path, dice: random.Random) -> AsyncIterator[Stand]:
    """PBX and CRM listen; a daemon that still runs at the end is stopped."""
    made = Stand(folder, dice)
    async with made.pbx, made.crm:
        made.configure()
        try:
            yield made
        finally:
            await made.stop()
