"""Real disks: one that is small enough to be filled, one that stands still when it is told to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    """A disk of four megabytes, as a new folder: a store of some calls and its log have room."""
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", at], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


@contextmanager
def own_disk(at: Path) -> Iterator[Path]:
    """A file system in a file, as a new folder, which can be frozen."""
    image = at.with_suffix(".image")
    at.mkdir()
    subprocess.run(["truncate", "-s", "32M", image], check=True)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, at], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


@contextmanager
def frozen(disk: Path) -> Iterator[None]:
    """As a storage array freezes it: whoever writes there waits until the end of the block."""
    subprocess.run(["fsfreeze", "--freeze", disk], check=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", disk], check=True)


def fill(disk: Path) -> Path:
    """Not one byte is left; returns the file that is in the way."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return ballast
    raise AssertionError("a disk without an end")
