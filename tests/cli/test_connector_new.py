"""`asterisk-bridge connector new`: a connector in Python begun."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["connector", *arguments])


@pytest.mark.proves("S2-16", "S2-17")
def test_a_new_connector_passes_the_contract_from_the_start(tmp_path: Path) -> None:
    made = run("new", "acme", "--in", str(tmp_path))
    assert made.exit_code == 0, made.output
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    ran = subprocess.run(
        command, cwd=tmp_path / "acme", capture_output=True, text=True, check=False
    )
    assert (ran.returncode, " passed" in ran.stdout) == (0, True), ran.stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Acme!", "small letters"),
        ("1c", "a letter first"),
        ("acme-crm", "small letters"),
        ("acme", "is there already"),
        ("class", "a word of Python itself"),
        ("json", "Python has a module of this name"),
        ("yaml", "Python has a module of this name"),
        ("bridge", "Python has a module of this name"),
        ("odoo", "there is a CRM of kind odoo already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    made = run("new", name, "--in", str(tmp_path))
    assert (made.exit_code, says in made.output) == (2, True), made.output
    assert [each.name for each in tmp_path.iterdir()] == ["acme"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    made = run("new", "acme", "--in", str(tmp_path / "file" / "folder"))
    assert (made.exit_code, "cannot be written" in made.output) == (2, True), made.output
