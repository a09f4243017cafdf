"""The compiled wheel of `make wheel`, built once into a folder and run from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.project.requirements import ROOT


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
    # Safe: without it the folder where Python is started, with the sources in it, comes first.
    found = os.pathsep.join(map(str, (folder / "program", ROOT)))
    return os.environ | {"PYTHONPATH": found, "PYTHONSAFEPATH": "1"}
