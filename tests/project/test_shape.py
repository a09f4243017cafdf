"""What every file keeps to: size, no leaks of the machine it was made on, no waits in tests."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from tests.project.requirements import ROOT

pytestmark = pytest.mark.xdist_group("shape")  # every file is parsed once for all

LONGEST_MODULE, LONGEST_FUNCTION = 400, 40
MEDIAN_MODULE, MEDIAN_FUNCTION = 150, 10
LEAKS: Final = {
    "a path of somebody's machine": re.compile(
        r"(?<![\w.~*/-])/(?:home|root|tmp|work|Users)/[\w.]"
    ),
    "a package registry": re.compile(r"\b(?:pypi\.org|pythonhosted\.org|deb\.debian\.org)\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
TOP_LEVEL: Final = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "bridge",
    "config",
    "constraints.txt",
    "dialplan",
    "docs",
    "hatch_build.py",
    "pyproject.toml",
    "systemd",
    "tests",
}


def tracked() -> list[Path]:
    """The files that git knows, and those it would take in."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listing.stdout.splitlines() if (path := ROOT / name).is_file()]


@cache
def modules() -> tuple[tuple[str, ast.Module, int], ...]:
    """Each with its name, what it says and its lines; read once for all tests."""
    texts = {path: path.read_text("utf-8") for path in tracked() if path.suffix == ".py"}
    return tuple(
        (path.relative_to(ROOT).as_posix(), ast.parse(text), len(text.splitlines()))
        for path, text in texts.items()
    )


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each function with its lines, its docstring and decorators left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
            yield node.name, lines


def test_no_module_is_too_long_to_read() -> None:
    sizes = {name: lines for name, _, lines in modules()}
    assert {n: s for n, s in sizes.items() if s > LONGEST_MODULE} == {}
    assert median(s for n, s in sizes.items() if n.startswith("bridge/")) <= MEDIAN_MODULE


def test_no_function_is_too_long_to_hold_in_mind() -> None:
    sizes = {f"{name}:{fn}": n for name, tree, _ in modules() for fn, n in functions(tree)}
    assert {n: s for n, s in sizes.items() if s > LONGEST_FUNCTION} == {}
    assert median(s for n, s in sizes.items() if n.startswith("bridge/")) <= MEDIAN_FUNCTION


def test_nothing_tells_of_the_machine_it_was_made_on() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {what}"
        for path in tracked()
        # A capture is what Asterisk said, with the folder that it ran in.
        if path != Path(__file__) and path.suffix not in {".ami", ".ari"}
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        for what, leak in LEAKS.items()
        if leak.search(line)
    ]
    assert found == []


def test_no_test_sleeps_in_place_of_a_condition() -> None:
    sleeps = [
        f"{name}:{node.lineno}"
        for name, tree, _ in modules()
        if name.startswith("tests/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep"
    ]
    assert sleeps == []


def test_the_top_level_holds_only_what_the_readme_names() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP_LEVEL
