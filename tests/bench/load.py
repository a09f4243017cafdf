"""Real load: an Asterisk that answers everybody, clients by sipp, and a daemon beside it."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.bench.stopwatch import used_by
from tests.lab.asterisk import Asterisk, running
from tests.lab.daemon import RunningDaemon, running_daemon
from tests.lab.office import devices

DID: Final = "+74951234501"
ASKING: Final = "+74951234521"  # whose calls ask the daemon first
ASKING_ANOTHER: Final = "+74951234525"  # and these the server at OTHER_AGI_PORT
_CALLER: Final = Path(__file__).with_name("caller.xml")


@dataclass(frozen=True)
class Site:
    """One Asterisk under load and the daemon that follows it."""

    asterisk: Asterisk
    daemon: RunningDaemon

    @property
    def asterisk_seconds(self) -> float:
        """Processor time that Asterisk has used."""
        return used_by(self.asterisk.pid)

    @property
    def daemon_seconds(self) -> float:
        return used_by(self.daemon.process.pid)

    async def calls(self, a_second: int, count: int, did: str = DID, first: int = 0) -> None:
        """So many clients call, each with a number of its own, the `first` of which is that.
        Raises RuntimeError when one of them was not served."""
        numbers = self.daemon.folder / f"clients{did}.csv"
        numbers.write_text(f"SEQUENTIAL,PRINTF={count},PRINTFOFFSET={first}\n+7916%07d\n")
        sip = f"127.0.0.1:{self.asterisk.ports.sip}"
        words = ["sipp", sip, "-sf", _CALLER, "-inf", numbers, "-i", "127.0.0.2", "-s", did]
        words += ["-r", a_second, "-m", count, "-l", 20 * a_second, "-nostdin"]
        process = await asyncio.create_subprocess_exec(
            *map(str, words),
            cwd=self.daemon.folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, complaint = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"sipp ended with {process.returncode}: {complaint.decode()[-800:]}")

    def stored(self) -> int:
        """Call records that are committed."""
        return self._count("bridge.db", "calls")

    def delivered(self) -> int:
        """Calls that stand in the built-in CRM."""
        return self._count("crm.db", "calls")

    def _count(self, file: str, table: str) -> int:
        with closing(sqlite3.connect(f"file:{self.daemon.folder / file}?mode=ro", uri=True)) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@asynccontextmanager
async def site(change: Callable[[dict[str, Any]], None]) -> AsyncIterator[Site]:
    """Raises NoAsterisk; RuntimeError when there is no sipp."""
    if shutil.which("sipp") is None:
        raise RuntimeError("sipp is missing: apt-get install sip-tester")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        asterisk = await stack.enter_async_context(running("22", devices("22"), "load"))
        at = _Place(asterisk)
        daemon = await stack.enter_async_context(running_daemon(at, folder, change=change))
        yield Site(asterisk, daemon)


@dataclass(frozen=True)
class _Place:
    asterisk: Asterisk


def every_event(config: dict[str, Any]) -> None:
    """All that Asterisk has to say, as if nobody had chosen."""
    config["pbx"][0]["classes"] = "on"


def nothing_delivered(config: dict[str, Any]) -> None:
    every_event(config)
    config["deliver"] = False
