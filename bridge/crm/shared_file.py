"""A small file of a connector's own (tokens, say) that processes of this machine share: a daemon,
and a command beside it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from bridge.crm.trouble import Trouble
from bridge.domain.commands import Verdict


@asynccontextmanager
async def alone(file: Path) -> AsyncIterator[None]:
    """No other process that asks for this is inside meanwhile. Raises Trouble."""
    try:
        lock = await asyncio.to_thread(_locked, file.parent)
    except OSError as error:
        detail = f"{file} cannot be written ({error.strerror}): see to its folder"
        raise Trouble(Verdict.TRY_LATER, detail) from error
    try:
        yield
    finally:
        os.close(lock)


def read(file: Path) -> dict[str, str]:
    """What it holds; nothing where it is not there, or is not ours."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: str(value) for name, value in found.items()}


def write(file: Path, kept: Mapping[str, str]) -> None:
    """All or nothing, readable by us alone, on the disk when it returns. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.", delete=False) as new:
        try:
            json.dump(dict(kept), new)
            new.flush()
            os.fsync(new.fileno())
            # A command that root runs beside the daemon leaves it to the daemon's user.
            owner = file.parent.stat()
            os.fchown(new.fileno(), owner.st_uid, owner.st_gid)
            os.replace(new.name, file)
        except OSError:
            Path(new.name).unlink(missing_ok=True)
            raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def begun(kept: Mapping[str, str], said: str, fresh: Mapping[str, str]) -> dict[str, str]:
    """`kept`, where it began with what the configuration `said`; else `fresh`, which begins now.

    So what an operator wrote anew counts more than the file. Which it began with is kept beside the
    rest, as a digest.
    """
    digest = sha256(said.encode()).hexdigest()
    if kept.get("begun") == digest:
        return dict(kept)
    return {**fresh, "begun": digest}


def _locked(folder: Path) -> int:
    """Waits for whoever has it; a process that ends lets it go."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    flock(lock, LOCK_EX)
    return lock
