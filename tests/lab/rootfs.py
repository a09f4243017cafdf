"""Which Asterisk the laboratory runs: the machine's own, or one unpacked once into a cache folder.

Debian 12 ships no Asterisk; two other suites do. debootstrap unpacks either into a folder, which is
then entered with chroot. The folders stay in the cache: the second run starts in seconds.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.absent import Absent

SUITES = {
    # Debian 12's debootstrap has no script named after forky, so the one for sid is named.
    "22": ["forky", "{into}", "{mirror}", "/usr/share/debootstrap/scripts/sid"],
    "16": ["bullseye", "{into}", "{mirror}"],
}
PACKAGES = {
    "22": "asterisk,asterisk-modules,asterisk-config",
    "16": "asterisk,asterisk-modules,asterisk-config,asterisk-voicemail",
}
COMPLETE = ".complete"


class NoAsterisk(Absent):
    """No Asterisk can be had on this machine."""

    what = "Asterisk"


@dataclass(frozen=True)
class Build:
    """An Asterisk that can be started: the folder to enter (`/`: this machine), its version."""

    root: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def command(self, *args: str) -> list[str]:
        """The command line that runs `args` where this Asterisk lives."""
        return list(args) if self.root == Path("/") else ["chroot", str(self.root), *args]


def build(version: str) -> Build:
    """The Asterisk for `version` ("22" or "16"), unpacked first if the cache has none.

    An Asterisk installed on the machine is preferred when it is of that major version;
    ASTERISK_LAB=rootfs insists on the cache. Raises NoAsterisk.
    """
    installed = _installed() if os.environ.get("ASTERISK_LAB") != "rootfs" else None
    if installed and str(installed.major) == version:
        return installed
    if version not in SUITES:
        raise NoAsterisk(
            f"no Debian suite is known for Asterisk {version}: name one of {[*SUITES]}"
        )
    if os.geteuid() != 0:
        raise NoAsterisk(
            f"Asterisk {version} is not installed and entering a root folder needs root: "
            "run as root, or install Asterisk on this machine"
        )
    root = cache() / f"asterisk-{version}"
    with only_one_builder(root):
        if not _is_complete(version, root):
            _unpack(version, root)
    return Build(root, _version(["chroot", str(root), "asterisk", "-V"]))


def _is_complete(version: str, root: Path) -> bool:
    """Whole, and made of the packages that are asked for today."""
    marker = root / COMPLETE
    return marker.exists() and marker.read_text() == PACKAGES[version]


def cache() -> Path:
    """Where unpacked Asterisks are kept: ASTERISK_LAB_CACHE, else the user's cache folder."""
    if own := os.environ.get("ASTERISK_LAB_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "asterisk-crm-bridge"


def _installed() -> Build | None:
    return Build(Path("/"), _version(["asterisk", "-V"])) if shutil.which("asterisk") else None


def _version(command: list[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Asterisk \D*(\d+\.[\d.]+\d)", said.stdout)
    if found is None:
        raise NoAsterisk(f"`{' '.join(command)}` names no version: {said.stdout}{said.stderr}")
    return found[1]


@contextmanager
def only_one_builder(root: Path) -> Iterator[None]:
    """Whoever else wants to unpack this folder waits outside."""
    root.parent.mkdir(parents=True, exist_ok=True)
    with root.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack(version: str, root: Path) -> None:
    with unpacking(root) as part:
        debootstrap(part, PACKAGES[version], SUITES[version])
        (part / COMPLETE).write_text(PACKAGES[version])


@contextmanager
def unpacking(root: Path) -> Iterator[Path]:
    """A folder beside, which becomes `root` when whole: a build that was interrupted never looks
    finished."""
    print(f"Making {root}: minutes, the first time.", file=sys.stderr, flush=True)
    part = root.with_suffix(".part")
    for stale in (part, root):
        shutil.rmtree(stale, ignore_errors=True)
    try:
        yield part
        part.rename(root)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def debootstrap(part: Path, packages: str, suite: list[str]) -> None:
    """A small Debian with these packages. Raises NoAsterisk."""
    if shutil.which("debootstrap") is None:
        raise NoAsterisk("debootstrap is missing: run `apt-get install debootstrap`")
    words = [word.format(into=part, mirror=mirror()) for word in suite]
    run(["debootstrap", "--variant=minbase", f"--include={packages}", *words])


def run(command: list[str]) -> None:
    """Raises NoAsterisk with the end of what it said when it fails."""
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if said.returncode != 0:
        tail = said.stdout.decode(errors="replace")[-1500:]
        raise NoAsterisk(f"`{' '.join(command)}` failed:\n{tail}")


def mirror(apt: Path = Path("/etc/apt"), codename: str | None = None) -> str:
    """The address of the Debian archive that this machine installs from. Raises NoAsterisk."""
    suite = codename or _codename()
    for stanza in _stanzas(apt):
        if "deb" in stanza.get("Types", "").split() and suite in stanza.get("Suites", "").split():
            return stanza["URIs"].split()[0]
    raise NoAsterisk(f"no source for Debian {suite} in {apt}: add the archive to sources.list.d")


def _codename() -> str:
    found = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.M)
    return found[1] if found else "stable"


def _stanzas(apt: Path) -> Iterator[dict[str, str]]:
    """Every source of apt in the keys of deb822, from `.sources` files and one-line lists alike."""
    for file in sorted(apt.glob("sources.list.d/*.sources")):
        for paragraph in re.split(r"\n\s*\n", file.read_text()):
            yield dict(re.findall(r"^(\w[\w-]*):\s*(.+)$", paragraph, re.M))
    for file in [apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))]:
        lines = file.read_text() if file.exists() else ""
        for kind, uri, suite in re.findall(
            r"^(deb)\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)", lines, re.M
        ):
            yield {"Types": kind, "URIs": uri, "Suites": suite}
