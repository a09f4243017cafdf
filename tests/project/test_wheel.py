"""The compiled wheel is the same program, only quicker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

import pytest

from tests.project.requirements import ROOT
from tests.project.wheel import compiled_once

pytestmark = pytest.mark.timeout(900)  # a compiler runs, half a minute of one processor
# Pytest puts the sources first in its way, if not asked to put them last.
DECISIONS: Final = ("pytest", "--import-mode=append", "-p", "no:cacheprovider", "tests/routing")


@pytest.fixture(scope="module")
def compiled() -> dict[str, str]:
    return compiled_once()


def said(environment: Mapping[str, str], *words: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert run.returncode == 0, run.stdout[-4000:]
    return run.stdout.splitlines()


def test_every_recorded_call_comes_to_the_same(compiled: Mapping[str, str]) -> None:
    build, *told = said(os.environ, "tests.project.replayed")
    other_build, *told_compiled = said(compiled, "tests.project.replayed")
    assert other_build == f"{build}, compiled"
    assert told_compiled == told


def test_the_tests_of_routing_hold(compiled: Mapping[str, str]) -> None:
    assert said(compiled, *DECISIONS)


def test_no_compiled_module_stands_beside_its_source_and_hides_what_is_changed_in_it() -> None:
    assert list((ROOT / "bridge").rglob("*.so")) == []
