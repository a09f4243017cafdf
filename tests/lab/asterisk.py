"""One running Asterisk: its own configuration, spool and ports, gone without a trace at the end."""

import asyncio
import contextlib
import os
import random
import re
import secrets
import select
import shutil
import signal
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import ami
from tests.lab.ami import Ami
from tests.lab.rootfs import Build, NoAsterisk, build

HERE = Path(__file__).parent
DIALPLAN = HERE.parent.parent / "dialplan"
FOLDERS = (
    "etc",
    "run",
    "log",
    "varlib",
    "db",
    "spool",
    "keys",
    "cache",
    "log/cdr-csv",
    "log/cel-custom",
)
READY_SECONDS = 60
STOP_SECONDS = 5


@dataclass(frozen=True)
class Ports:
    """Free ports on loopback, one set for each running Asterisk."""

    sip: int
    chan_sip: int
    ami: int
    http: int
    operator: int
    backup: int

    @classmethod
    @contextlib.contextmanager
    def held(cls) -> Iterator["Ports"]:
        """A set that is ours while inside, whatever else runs on this machine. They lie below those
        that Linux gives to connections; an abstract socket keeps other laboratories off them."""
        for first in random.sample(range(20_000, 32_000, 8), k=1500):
            with contextlib.ExitStack() as held:
                mine = held.enter_context(socket.socket(socket.AF_UNIX))
                try:
                    mine.bind(f"\0asterisk-lab-{first}")
                    _all_free(first)
                except OSError:
                    continue
                yield cls(*range(first, first + len(HOSTS)))
                return
        raise NoAsterisk("no free ports from 20000 to 32000 on this machine")


# Of each port of a set: how it is spoken to, and the last number of its address on loopback.
UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM
HOSTS = ((UDP, 1), (UDP, 1), (TCP, 1), (TCP, 1), (UDP, 2), (UDP, 3))


def _all_free(first: int) -> None:
    """Raises OSError when one of the set is taken."""
    for port, (kind, host) in enumerate(HOSTS, start=first):
        with socket.socket(type=kind) as probe:
            probe.bind((f"127.0.0.{host}", port))


@dataclass(frozen=True)
class Asterisk:
    """A running Asterisk. `home` is its folder as seen from outside."""

    build: Build
    home: Path
    ports: Ports
    secret: str
    devices: Mapping[str, str] = field(default_factory=dict)
    wing: str = ""

    @property
    def layers(self) -> list[Path]:
        """Folders of configuration; a file of a later one takes the place of its namesake."""
        shapes = ["common", str(self.build.major)]
        shapes += [self.wing, f"{self.wing}-{self.build.major}"] if self.wing else []
        return [*(HERE / "etc" / shape for shape in shapes), DIALPLAN]

    @property
    def recordings(self) -> Path:
        """Where MixMonitor writes."""
        return self.home / "spool" / "monitor"

    @property
    def pid(self) -> int:
        """0 once it has stopped in peace."""
        file = self.home / "run" / "asterisk.pid"
        return int(file.read_text()) if file.exists() else 0

    @property
    def runs(self) -> bool:
        """Whether its process is there: now and then one crashes by itself."""
        return Path("/proc", str(self.pid)).exists()

    @asynccontextmanager
    async def ami(self, keep: Path | None = None) -> AsyncIterator[Ami]:
        """An AMI session with every event class; its raw stream goes to the file `keep`."""
        session = await ami.connect(self.ports.ami, self.secret, keep)
        try:
            yield session
        finally:
            session.close()


@asynccontextmanager
async def running(
    version: str = "22", devices: Mapping[str, str] | None = None, wing: str = ""
) -> AsyncIterator[Asterisk]:
    """Start Asterisk `version` with the office's configuration; stop and remove it at the end.

    `devices` says which channel each extension is (`PJSIP/101`); `wing` names another office
    than the shipped one (`etc/<wing>`). Raises NoAsterisk.
    """
    made = build(version)
    with _home(made) as home, Ports.held() as ports:
        asterisk = Asterisk(made, home, ports, secrets.token_hex(8), devices or {}, wing)
        _configure(asterisk)
        process = await _start(asterisk)
        try:
            await _ready(asterisk, process)
            yield asterisk
        finally:
            await _stop(process)


@asynccontextmanager
async def crashed(asterisk: Asterisk) -> AsyncIterator[None]:
    """It dies as by a fault of its own and is started anew, as systemd does it; ready again."""
    dying = os.pidfd_open(asterisk.pid)
    signal.pidfd_send_signal(dying, signal.SIGKILL)
    await asyncio.to_thread(select.select, [dying], [], [])
    os.close(dying)
    process = await _start(asterisk)
    try:
        await _ready(asterisk, process)
        yield
    finally:
        await _stop(process)


@contextlib.contextmanager
def _home(made: Build) -> Iterator[Path]:
    """A folder of this run, inside the root that Asterisk enters; those of dead runs go, too."""
    runs = made.root / tempfile.gettempdir().lstrip("/") / "asterisk-lab"
    runs.mkdir(parents=True, exist_ok=True)
    for stale in runs.iterdir():
        if not Path("/proc", stale.name.split("-")[0]).exists():
            shutil.rmtree(stale, ignore_errors=True)
    home = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=runs))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _configure(asterisk: Asterisk) -> None:
    for folder in FOLDERS:
        (asterisk.home / folder).mkdir(parents=True, exist_ok=True)
    words = _words(asterisk)
    files = {file.name: file for layer in asterisk.layers for file in sorted(layer.glob("*.conf"))}
    for name, file in files.items():
        text = re.sub(r"@([A-Z_0-9]+)@", lambda word: words[word[1]], file.read_text())
        (asterisk.home / "etc" / name).write_text(text)


def _words(asterisk: Asterisk) -> dict[str, str]:
    """What stands for @WORD@ in the configuration files."""
    stock = (asterisk.build.root / "etc/asterisk/asterisk.conf").read_text()
    places = dict(re.findall(r"^(ast\w+dir)\s*=>\s*(\S+)", stock, re.M))
    ports = {f"{name.upper()}_PORT": str(port) for name, port in vars(asterisk.ports).items()}
    return {
        **ports,
        **{f"DEVICE_{number}": device for number, device in asterisk.devices.items()},
        "HOME": _inside(asterisk),
        "MODULES": places["astmoddir"],
        "DATA": places["astdatadir"],
        "SECRET": asterisk.secret,
    }


def _inside(asterisk: Asterisk) -> str:
    return "/" + str(asterisk.home.relative_to(asterisk.build.root))


async def _start(asterisk: Asterisk) -> Process:
    # Whatever kills the run takes Asterisk with it.
    command = ["setpriv", "--pdeathsig", "KILL"] if os.geteuid() == 0 else []
    command += asterisk.build.command(
        "asterisk", "-f", "-C", f"{_inside(asterisk)}/etc/asterisk.conf"
    )
    with (asterisk.home / "log" / "console").open("wb") as console:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            process_group=0,  # Ctrl-C is for whoever started it, and ends it
        )


async def _ready(asterisk: Asterisk, process: Process) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(READY_SECONDS):
            while process.returncode is None:
                try:
                    async with asterisk.ami():
                        return
                except OSError:
                    # Nobody listens yet; the port itself is the condition.
                    await asyncio.sleep(0.05)
    console = (asterisk.home / "log" / "console").read_text(errors="replace")
    raise NoAsterisk(f"Asterisk {asterisk.build.version} did not start:\n{console[-2000:]}")


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
