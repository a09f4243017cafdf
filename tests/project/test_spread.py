"""The tests of a run are spread so that nothing which computes makes a telephone late."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.project.requirements import ROOT

TESTS = """
import json, os, pathlib, pytest

@pytest.mark.parametrize("number", range(12))
def test_computes(number, worker_id):
    say("computes", worker_id)

@pytest.mark.timeout(300)
def test_is_long(worker_id):
    say("long", worker_id)

@pytest.mark.parametrize("office", [
    pytest.param(one, marks=pytest.mark.xdist_group(f"office-{one}")) for one in range(6)
])
def test_is_live(office, worker_id):
    say("live", worker_id)

def say(what, worker):
    with pathlib.Path("said").open("a") as said:
        said.write(json.dumps([what, worker, os.nice(0)]) + "\\n")
"""


def test_live_ones_are_for_the_processes_of_the_cores_and_long_ones_begin_first(
    tmp_path: Path,
) -> None:
    """On one core: gw0 is its process, gw1 the one more."""
    (tmp_path / "test_some.py").write_text(TESTS)
    words = ["-c", os.devnull, "-p", "tests.spread", "-n", "2", "--dist", "loadgroup"]
    core = min(os.sched_getaffinity(0))
    subprocess.run(
        ["taskset", "-c", str(core), sys.executable, "-m", "pytest", *words, "test_some.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    said = [json.loads(line) for line in (tmp_path / "said").read_text().splitlines()]
    by = {
        gw: [(what, nice) for what, worker, nice in said if worker == gw] for gw in ("gw0", "gw1")
    }
    assert len(said) == 12 + 1 + 6
    assert [what for what, _ in by["gw0"]].count("live") == 6
    assert by["gw1"][0] == ("long", min(os.nice(0) + 5, 19))
