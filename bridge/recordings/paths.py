"""Where a path that the PBX named lies on this machine, and never outside the mapped folders."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import islink
from pathlib import Path, PurePosixPath

from bridge.recordings.settings import PathMapping


class Outside(Exception):
    """The path leads out of every mapped folder; map its folder in the configuration."""


def below(pbx_path: str, folder: PurePosixPath) -> PurePosixPath:
    """The rest of a path that the PBX named, below its folder. Raises Outside."""
    wanted = PurePosixPath(pbx_path)
    if "\0" in pbx_path or ".." in wanted.parts:
        raise Outside("the path of a recording climbs out of its folder")
    if wanted.is_absolute() and not wanted.is_relative_to(folder):
        raise Outside(f"a recording lies outside of {folder}; set the folder in recordings.pbx")
    return wanted.relative_to(folder) if wanted.is_absolute() else wanted


def locate(pbx_path: str, folders: Sequence[PathMapping]) -> Path:
    """The local file of a path as Asterisk's MixMonitor event names it. Raises Outside."""
    wanted = PurePosixPath(pbx_path)
    if "\0" in pbx_path or ".." in wanted.parts:
        raise Outside("the path of a recording climbs out of its folder")
    if not wanted.is_absolute():
        return _inside(folders[0].local, wanted)
    for folder in folders:
        if wanted.is_relative_to(folder.pbx):
            return _inside(folder.local, wanted.relative_to(folder.pbx))
    known = ", ".join(str(each.pbx) for each in folders)
    raise Outside(f"a recording lies outside of {known}; set the folder in recordings.pbx")


def _inside(root: Path, rest: PurePosixPath) -> Path:
    """Symbolic links are followed before it is looked where the path leads."""
    endless = Outside("the path of a recording leads from link to link for ever")
    try:
        found = (root / rest).resolve()
    except (OSError, RuntimeError):  # before Python 3.13
        raise endless from None
    if any(map(islink, (found, *found.parents))):  # Python 3.13 leaves such a link as it is
        raise endless
    if not found.is_relative_to(root.resolve()):
        raise Outside("the path of a recording leads out of its folder through a link")
    return found
