"""A wheel whose pure rooms are compiled by mypyc, for a PBX with very many calls: `make wheel`.

Only where it is asked for (HATCH_BUILD_HOOK_ENABLE_CUSTOM=true); any other install stays as it
stands. All of it is made in a folder of its own and goes from there into the wheel: a compiled
module beside its source would hide every later edit of it.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE: Final = "bridge"


class Compiled(BuildHookInterface[Any]):
    """`rooms` of pyproject.toml, compiled; the sources go along, for tracebacks."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises SystemExit, which says what to install or to mend."""
        if version == "editable":
            return
        see_that_it_can()
        # Gone with this object, when the wheel is closed.
        self._folder = TemporaryDirectory(prefix="compiled-")
        folder = Path(self._folder.name)
        shutil.copytree(Path(self.root, PACKAGE), folder / PACKAGE)
        made = folder / "made"
        with chdir(folder):
            compile_modules(modules(self.config["rooms"]), Path(self.root, "pyproject.toml"), made)
        found = [path for path in made.rglob("*") if path.is_file()]
        build_data["force_include"] |= {str(path): str(path.relative_to(made)) for path in found}
        build_data |= {"pure_python": False, "infer_tag": True}


def see_that_it_can() -> None:
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    missing = [] if shutil.which(compiler) else [f"the C compiler {compiler}"]
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        missing.append("the headers of Python (Python.h)")
    if missing:
        sys.exit(
            f"A compiled wheel needs {' and '.join(missing)}: apt-get install gcc python3-dev"
            " (RHEL: dnf install gcc python3-devel), or install without compiling: pip install ."
        )


def modules(rooms: Iterable[str]) -> list[str]:
    """Every module that these globs find here."""
    return [str(path) for room in rooms for path in sorted(Path().glob(room))]


def compile_modules(sources: list[str], config: Path, into: Path) -> None:
    """MYPYC_OPT_LEVEL is mypyc's own; 0 takes half the time to build and runs like Python."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    extensions = mypycify(
        ["--config-file", str(config), *sources],
        opt_level=os.environ.get("MYPYC_OPT_LEVEL", "3"),
        debug_level="0",
        group_name=PACKAGE,
        target_dir="c",
    )
    distribution = Distribution({"ext_modules": extensions})
    build = distribution.get_command_obj("build_ext")
    build.build_lib, build.build_temp = str(into), "objects"
    build.ensure_finalized()
    build.run()
