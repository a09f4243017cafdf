"""The compiled wheel of `make wheel`, built once into a folder and run from there."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZipFile

from tests.lab.rootfs import cache
from tests.project.requirements import ROOT

_KEPT: Final = "compiled-"


def compiled_once() -> dict[str, str]:
    """As `compiled_into` in a hurry; kept until a file that goes into the wheel changes."""
    kept = cache() / f"{_KEPT}{_fingerprint()}"
    if not kept.is_dir():
        cache().mkdir(parents=True, exist_ok=True)
        for stale in cache().glob(f"{_KEPT}*"):
            shutil.rmtree(stale, ignore_errors=True)
        with TemporaryDirectory(prefix="making-", dir=cache()) as folder:
            compiled_into(Path(folder), level=0)
            Path(folder, "program").rename(kept)
    return _run_from(kept)


def _fingerprint() -> str:
    made_of = [*ROOT.joinpath("bridge").rglob("*"), *ROOT.joinpath("dialplan").iterdir()]
    made_of += [ROOT / name for name in ("pyproject.toml", "constraints.txt", "hatch_build.py")]
    whole = hashlib.sha256(f"{sys.version} {sys.executable}".encode())
    for file in sorted(made_of):
        if file.is_file() and file.suffix != ".pyc":
            whole.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return whole.hexdigest()[:16]


def compiled_into(folder: Path, level: int = 3) -> dict[str, str]:
    """The environment in which Python takes the program from a compiled wheel, and the tests from
    here. `level` is how much the C compiler makes of it: 0 takes it a third of the time. Raises
    RuntimeError with what the build said."""
    wanted = {"HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true", "MYPYC_OPT_LEVEL": str(level)}
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist"],
        cwd=ROOT,
        env=os.environ | wanted,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if run.returncode:
        raise RuntimeError(f"no compiled wheel:\n{run.stdout[-4000:]}")
    (wheel,) = (folder / "dist").glob("*.whl")
    with ZipFile(wheel) as packed:
        packed.extractall(folder / "program")
    return _run_from(folder / "program")


def _run_from(program: Path) -> dict[str, str]:
    # Safe: without it the folder where Python is started, with the sources in it, comes first.
    found = os.pathsep.join(map(str, (program, ROOT)))
    return os.environ | {"PYTHONPATH": found, "PYTHONSAFEPATH": "1"}
