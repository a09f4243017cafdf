"""The daemon as a process of its own beside an office: the shipped sample of two departments with
this office's ports and folders in it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import aiohttp
import yaml

from tests.lab.asterisk import Asterisk
from tests.lab.ports import free_port
from tests.lab.wait import until

COMMAND: Final = Path(sys.executable).parent / "asterisk-bridge"
SAMPLE: Final = Path(__file__).parents[2] / "config" / "scenarios" / "two-departments.yml"
LOG: Final = "daemon.log"
STOP_SECONDS: Final = 12.0


@dataclass
class RunningDaemon:
    """`folder` holds everything that it keeps."""

    folder: Path
    config: Path
    address: str
    process: asyncio.subprocess.Process

    @property
    def bearer(self) -> dict[str, str]:
        """The header by which it lets us do everything."""
        token = yaml.safe_load(self.config.read_text("utf-8")).get("web", {}).get("token")
        return {"Authorization": f"Bearer {token}"} if token else {}

    async def crm(self, what: str) -> list[dict[str, Any]]:
        """Rows of the built-in CRM: calls, leads, contacts …"""
        rows = await command("crm", "--file", str(self.folder / "crm.db"), what, "--json")
        return [json.loads(row) for row in rows.splitlines()]

    async def ask(self, path: str) -> Any:
        """What its web room answers, as JSON."""
        async with (
            aiohttp.ClientSession(self.address, headers=self.bearer) as web,
            web.get(path) as answer,
        ):
            return await answer.json()

    async def finished(self) -> list[dict[str, Any]]:
        """Every call record, oldest first."""
        answer = await self.ask("/api/v1/calls?limit=500")
        return list(reversed(answer["calls"]))

    async def ready(self) -> None:
        """Wait until it follows the PBX; AssertionError with its last words when it ended."""

        async def asked() -> bool:
            assert self.process.returncode is None, self._last_words()
            try:
                async with (
                    aiohttp.ClientSession(self.address) as web,
                    web.get("/readyz") as answer,
                ):
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        await until(asked, "the daemon to be ready")

    async def stop(self) -> None:
        """As systemd does it; TimeoutError when it takes too long."""
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            await self.process.wait()

    async def kill(self) -> None:
        """As the OOM killer does it."""
        self.process.kill()
        await self.process.wait()

    async def start_again(self) -> None:
        """With the same configuration and folder; ready."""
        self.process = await _started(self.config)
        await self.ready()

    def log(self) -> list[dict[str, Any]]:
        """Every line that it logged so far, of all its lives."""
        return [json.loads(line) for line in self._lines()]

    def _last_words(self) -> str:
        return f"the daemon ended: {' '.join(self._lines()[-3:])}"

    def _lines(self) -> list[str]:
        return (self.folder / LOG).read_text("utf-8").splitlines()


async def command(*words: str) -> str:
    """What `asterisk-bridge WORDS` prints; AssertionError with its complaint when it fails."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return out.decode()


class Place(Protocol):
    """Whatever has an Asterisk: an office, or something smaller."""

    @property
    def asterisk(self) -> Asterisk: ...


def settings(at: Place, folder: Path, web_port: int, ami_port: int | None = None) -> dict[str, Any]:
    """The sample for this office; `ami_port` where something stands between the two."""
    sample: dict[str, Any] = yaml.safe_load(SAMPLE.read_text("utf-8"))
    recordings = at.asterisk.recordings
    inside = Path("/") / recordings.relative_to(at.asterisk.build.root)
    sample["pbx"][0] |= {
        "port": ami_port or at.asterisk.ports.ami,
        "username": "lab",
        "secret": at.asterisk.secret,
        "recordings": {"pbx": str(inside), "here": str(recordings)},
    }
    sample["destinations"][0]["crm"]["file"] = str(folder / "crm.db")
    return sample | {
        "folder": str(folder),
        "store": {"url": f"sqlite:///{folder}/bridge.db"},
        "web": {"port": web_port, "show_numbers": True},
        "log": {"format": "json"},
    }


@asynccontextmanager
async def running_daemon(
    at: Place,
    folder: Path,
    web_port: int | None = None,
    ami_port: int | None = None,
    change: Callable[[dict[str, Any]], None] = lambda config: None,
) -> AsyncIterator[RunningDaemon]:
    """Started as a sysadmin starts it, its log in `folder`; ready, stopped at the end. `change`
    may alter its configuration."""
    port = web_port or free_port()
    config = folder / "bridge.yml"
    values = settings(at, folder, port, ami_port)
    change(values)
    config.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
    async with daemon_of(config, port) as daemon:
        yield daemon


@asynccontextmanager
async def daemon_of(config: Path, web_port: int) -> AsyncIterator[RunningDaemon]:
    """The daemon of this configuration, which keeps everything in the folder of the file."""
    process = await _started(config)
    daemon = RunningDaemon(config.parent, config, f"http://127.0.0.1:{web_port}", process)
    try:
        await daemon.ready()
        yield daemon
    finally:
        await daemon.stop()


async def _started(config: Path) -> asyncio.subprocess.Process:
    with (config.parent / LOG).open("ab") as log:
        return await asyncio.create_subprocess_exec(
            COMMAND, "run", "-c", config, stderr=log, process_group=0
        )
