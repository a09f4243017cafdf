"""A real Odoo 14 of Debian 11's own package, on loopback, with an office of two people in it.

Three things are made once and kept in the cache beside the Asterisks: the root folder that Odoo is
installed in, the cluster of PostgreSQL with its database, and its files. A run starts from copies.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tests.lab import odoo_office
from tests.lab.absent import Absent
from tests.lab.odoo_rpc import OdooRpc
from tests.lab.ports import free_port
from tests.lab.postgres import NoPostgres, Server, installed
from tests.lab.rootfs import (
    COMPLETE,
    NoAsterisk,
    build,
    cache,
    debootstrap,
    only_one_builder,
    run,
    unpacking,
)

DATABASE: Final = "crm"
MODULES: Final = "crm,contacts,phone_validation"
# phonenumbers before any partner is made, or no number is sanitized.
PACKAGES: Final = "odoo-14 python3-phonenumbers"
_SUITE: Final = ["bullseye", "{into}", "{mirror}"]
_READY_SECONDS: Final = 120
_ASK_EVERY: Final = 0.1  # seconds
# Odoo looks at its own memory in /proc, which is not there.
_STARTER: Final = """
import odoo, odoo.service.server as server
server.psutil.Process = lambda pid: None
server.memory_info = lambda process: 0
odoo.cli.main()
"""


class NoOdoo(Absent):
    """No Odoo can be had on this machine."""

    what = "Odoo"


@dataclass(frozen=True)
class Odoo:
    """A running Odoo: its address, and the database as PostgreSQL has it."""

    url: str
    sql: str

    @property
    def admin(self) -> OdooRpc:
        return OdooRpc(self.url, DATABASE, *odoo_office.ADMIN)


@contextmanager
def odoo() -> Iterator[Odoo]:
    """Runs while inside; leaves nothing running. Raises NoOdoo."""
    try:
        root = _root()
        with _kept(root) as kept, _postgres(kept / "cluster") as server, _home(root) as home:
            shutil.copytree(kept / "files", home / "data")
            with _serving(root, home, server) as running:
                yield running
    except (NoAsterisk, NoPostgres) as why:
        raise NoOdoo(str(why)) from why


def make() -> None:
    """What the first run would make. Raises NoOdoo."""
    try:
        with _kept(_root()):
            pass
    except (NoAsterisk, NoPostgres) as why:
        raise NoOdoo(str(why)) from why


def _root() -> Path:
    """The folder to enter, unpacked first if the cache has none."""
    if os.geteuid() != 0:
        raise NoOdoo("entering a root folder needs root: run as root")
    root = cache() / "odoo-14"
    with only_one_builder(root):
        marker = root / COMPLETE
        if not marker.exists() or marker.read_text() != PACKAGES:
            with unpacking(root) as part:
                _debian(part)
                _install(part)
                (part / COMPLETE).write_text(PACKAGES)
    return root


def _debian(part: Path) -> None:
    """Debian 11: a copy of what Asterisk 16 is unpacked into, which tests need anyway."""
    other = build("16").root
    if other == Path("/"):
        debootstrap(part, "ca-certificates", _SUITE)
        return
    part.mkdir(mode=0o755)
    # Its own runs live in /tmp, and come and go.
    copy = f"tar -C {other} --exclude=./tmp -cf - . | tar -C {part} -xpf -"
    run(["sh", "-c", copy])
    (part / "tmp").mkdir(mode=0o1777)
    (part / COMPLETE).unlink()


def _install(part: Path) -> None:
    """No service is started, nothing waits for the disk, and no archive is kept."""
    policy = part / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    (part / "etc/dpkg/dpkg.cfg.d/lab").write_text("force-unsafe-io\n")
    inside = ["env", "DEBIAN_FRONTEND=noninteractive", "chroot", str(part), "apt-get"]
    run([*inside, "install", "-y", "-qq", "--no-install-recommends", *PACKAGES.split()])
    run([*inside, "clean"])


@contextmanager
def _kept(root: Path) -> Iterator[Path]:
    """The folder of the database that every run starts from, made first if there is none."""
    kept = cache() / "odoo-14-database"
    recipe = _recipe()
    with only_one_builder(kept):
        marker = kept / COMPLETE
        if not marker.exists() or marker.read_text() != recipe:
            with unpacking(kept) as part:
                part.mkdir(mode=0o755)
                _make_database(root, part)
                (part / COMPLETE).write_text(recipe)
    yield kept


def _recipe() -> str:
    """What the database is made of: another recipe, another database."""
    written = [PACKAGES, MODULES, installed(), Path(odoo_office.__file__).read_text()]
    return sha256("\n".join(written).encode()).hexdigest()


def _make_database(root: Path, into: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder, _home(root) as home:
        server = Server(Path(folder))
        server.prepare()
        server.start()
        try:
            _init(root, home, server)
            with _serving(root, home, server) as running:
                odoo_office.furnish(running.admin)
        except BaseException:
            server.stop()
            raise
        server.keep(into / "cluster")
        shutil.copytree(home / "data", into / "files")


def _init(root: Path, home: Path, server: Server) -> None:
    run([*_command(root, home, server), "-i", MODULES, "--without-demo=all", "--stop-after-init"])


@contextmanager
def _postgres(cluster: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = Server(Path(folder))
        server.prepare_from(cluster)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def _home(root: Path) -> Iterator[Path]:
    """A folder of this run, inside the root; those of dead runs go, too."""
    runs = root / "tmp" / "odoo-lab"
    runs.mkdir(parents=True, exist_ok=True)
    for stale in runs.iterdir():
        if not Path("/proc", stale.name.split("-")[0]).exists():
            shutil.rmtree(stale, ignore_errors=True)
    home = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=runs))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _serving(root: Path, home: Path, server: Server) -> Iterator[Odoo]:
    port = free_port()
    log = home / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            # Whatever kills the run takes Odoo with it.
            ["setpriv", "--pdeathsig", "KILL", *_command(root, home, server), f"-p{port}"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    running = Odoo(f"http://127.0.0.1:{port}", server.url(DATABASE))
    try:
        _wait(running, process, log)
        yield running
    finally:
        process.kill()
        process.wait()


def _command(root: Path, home: Path, server: Server) -> list[str]:
    settings = home / "odoo.conf"
    lines = {
        "addons_path": "/usr/lib/python3/dist-packages/odoo/addons",
        "db_host": "127.0.0.1",
        "db_port": server.port,
        "db_user": "bridge",
        "db_password": "none",
        "db_name": DATABASE,
        "list_db": False,
        "http_interface": "127.0.0.1",
        "workers": 0,
        "max_cron_threads": 0,
        "data_dir": f"/{home.relative_to(root)}/data",
    }
    words = "".join(f"{name} = {value}\n" for name, value in lines.items())
    settings.write_text(f"[options]\n{words}")
    inside = f"/{settings.relative_to(root)}"
    return ["chroot", str(root), "python3", "-c", _STARTER, "-c", inside]


def _wait(running: Odoo, process: subprocess.Popen[Any], log: Path) -> None:
    """Until somebody can log in: then its modules are loaded, too."""
    last = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < last:
        with contextlib.suppress(OSError):
            running.admin.login()
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_ASK_EVERY)
    raise NoOdoo(f"Odoo did not start:\n{log.read_text(errors='replace')[-2000:]}")
