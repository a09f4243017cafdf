"""A real PostgreSQL server of a test's own: a folder, a free port of loopback, no password."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.lab.absent import Absent
from tests.lab.ports import free_port

_DEBIAN: Final = Path("/usr/lib/postgresql")
# Loss of power is not what is tested here, and a test has no use for what it would cost.
_SETTINGS: Final = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60"


class NoPostgres(Absent):
    """There is no PostgreSQL here."""

    what = "PostgreSQL"


class Server:
    """`url` is that of a store in the database `name`; each test makes one of its own."""

    def __init__(self, folder: Path) -> None:
        self._bin = _binaries()
        self._user = _not_root()
        self._data = folder / "data"
        self._folder = folder
        self.port = free_port()

    def prepare(self) -> None:
        """Make an empty cluster."""
        if self._user:
            shutil.chown(self._folder, self._user)
        self._run("initdb", "-D", self._data, "-U", "bridge", "-A", "trust", "--no-sync")

    def prepare_from(self, kept: Path) -> None:
        """Make a copy of the cluster that `keep` has put there."""
        subprocess.run(["cp", "-a", "--reflink=auto", kept, self._data], check=True)
        if self._user:
            shutil.chown(self._folder, self._user)

    def keep(self, into: Path) -> None:
        """Stop, with everything written, and put the cluster into this folder."""
        self._run("pg_ctl", "-D", self._data, "-m", "fast", "-w", "stop")
        subprocess.run(["cp", "-a", "--reflink=auto", self._data, into], check=True)

    def start(self) -> None:
        """Returns when it answers."""
        options = f"-p {self.port} -k {self._folder} {_SETTINGS}"
        self._run(
            "pg_ctl", "-D", self._data, "-l", self._folder / "log", "-o", options, "-w", "start"
        )

    def stop(self) -> None:
        """As a crash does it: nobody is asked to finish."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def url(self, name: str) -> str:
        return f"postgresql://bridge@127.0.0.1:{self.port}/{name}"

    def make(self, name: str, like: str = "template1") -> str:
        """A new database, a copy of another that nobody uses; its URL. From outside of any event
        loop."""
        self._ask("createdb", "-T", like, name)
        return self.url(name)

    def drop(self, name: str) -> None:
        """The database is gone, whoever still uses it."""
        self._ask("dropdb", "-f", name)

    def _ask(self, program: str, *words: str) -> None:
        """A client of the server may be anybody."""
        where = ("-h", "127.0.0.1", "-p", self.port, "-U", "bridge")
        self._called(program, *where, *words, user=None)

    def _run(self, program: str, *words: object) -> None:
        self._called(program, *words, user=self._user)

    def _called(self, program: str, *words: object, user: str | None) -> None:
        """Its complaint is in the error that is raised; its children keep no pipe of ours. For
        another `user` than ours Python copies this process's memory map: it cannot vfork then."""
        with (self._folder / "said").open("w+") as said:
            done = subprocess.run(
                [self._bin / program, *map(str, words)],
                stdout=said,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self._folder,
                user=user,
                check=False,
            )
            said.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} ended with {done.returncode}: {said.read()[-800:]}")


@contextmanager
def postgres() -> Iterator[Server]:
    """Runs while inside. Raises NoPostgres."""
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = Server(Path(folder))
        server.prepare()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def installed() -> str:
    """Which PostgreSQL this machine has: a cluster of one is nothing to another."""
    return str(_binaries())


def _binaries() -> Path:
    """The newest that Debian has installed, else what is on the PATH."""
    found = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise NoPostgres("no initdb: apt-get install postgresql")
    return found[-1].parent if found else Path(on_path or "").resolve().parent


def _not_root() -> str | None:
    """The server refuses to run as root; its own user, or nobody, will do."""
    if os.geteuid():
        return None
    known = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)
