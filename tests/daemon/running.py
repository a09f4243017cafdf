"""The daemon as a process of its own beside an office, and what it left in the built-in CRM."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.office import Office

COMMAND = Path(sys.executable).parent / "asterisk-bridge"


@dataclass
class RunningDaemon:
    """`folder` holds everything that it keeps."""

    folder: Path
    config: Path
    web_port: int
    process: asyncio.subprocess.Process

    async def crm(self, what: str) -> list[dict[str, Any]]:
        """Rows of the built-in CRM: calls, leads, contacts …"""
        crm = self.folder / "crm.db"
        rows = await command("crm", "--file", str(crm), what, "--json")
        return [json.loads(row) for row in rows.splitlines()]


async def command(*words: str) -> str:
    """What `asterisk-bridge WORDS` prints; AssertionError with its complaint when it fails."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return out.decode()


def settings(at: Office, folder: Path, web_port: int) -> dict[str, Any]:
    """A configuration for this office."""
    recordings = at.asterisk.recordings
    inside = Path("/") / recordings.relative_to(at.asterisk.build.root)
    return {
        "folder": str(folder),
        "pbx": [
            {
                "name": "office",
                "port": at.asterisk.ports.ami,
                "username": "lab",
                "secret": at.asterisk.secret,
                "trunks": ["PJSIP/trunk-*"],
                "recordings": {"pbx": str(inside), "here": str(recordings)},
            }
        ],
        "store": {"url": f"sqlite:///{folder}/bridge.db"},
        "web": {"port": web_port},
        "log": {"level": "debug", "format": "json"},
    }


@asynccontextmanager
async def running_daemon(at: Office, folder: Path, web_port: int) -> AsyncIterator[RunningDaemon]:
    """Started as a sysadmin starts it; stopped by SIGTERM at the end."""
    config = folder / "bridge.yml"
    config.write_text(yaml.safe_dump(settings(at, folder, web_port)))
    log = (folder / "daemon.log").open("ab")
    process = await asyncio.create_subprocess_exec(COMMAND, "run", "-c", config, stderr=log)
    try:
        yield RunningDaemon(folder, config, web_port, process)
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(15):
            await process.wait()
