"""The daemon as systemd starts it: the unit's own ExecStart, with a notify socket."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import sys
from collections.abc import AsyncIterator, Callable
from configparser import ConfigParser
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.project.requirements import ROOT

UNIT: Final = ROOT / "systemd" / "asterisk-crm-bridge.service"
PATIENCE: Final = 30.0  # seconds until a missing sign is a failure


def unit() -> ConfigParser:
    """The unit, section by section; of a key written twice the last."""
    parsed = ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read(UNIT)
    return parsed


def exec_start(config: Path) -> list[str]:
    """The unit's ExecStart with this installation's command and `config` in place of its own."""
    command, *arguments = shlex.split(unit()["Service"]["ExecStart"])
    installed = str(Path(sys.executable).parent / Path(command).name)
    return [installed, *(str(config) if word.endswith(".yml") else word for word in arguments)]


class Signs:
    """What the daemon tells systemd."""

    def __init__(self, address: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(address))
        self._socket.setblocking(False)
        self.told: list[dict[str, str]] = []

    async def until(self, wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """The next sign that is wanted; those before it are kept in `told`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                data = await asyncio.get_running_loop().sock_recv(self._socket, 4096)
                pairs = (line.partition("=") for line in data.decode().splitlines())
                self.told.append(sign := {name: value for name, _, value in pairs})
                if wanted(sign):
                    return sign

    def close(self) -> None:
        self._socket.close()


Started = tuple[asyncio.subprocess.Process, Signs]


@asynccontextmanager
async def daemon(config: Path, **environment: str) -> AsyncIterator[Started]:
    """The running daemon and its signs; killed at the end if it still runs."""
    address = config.parent / "notify"
    signs = Signs(address)
    process = await asyncio.create_subprocess_exec(
        *exec_start(config),
        cwd=config.parent,
        env=os.environ | {"NOTIFY_SOCKET": str(address), "PYTHONPATH": str(ROOT)} | environment,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process, signs
    finally:
        signs.close()
        if process.returncode is None:
            process.kill()
        await process.communicate()
