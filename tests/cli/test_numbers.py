"""`asterisk-bridge numbers test`, as somebody writes down what his numbers mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main

GOOD = """
region: RU
numbers:
  8 (916) 123-45-67: +79161234567
  +7 495 100-00-01 доб. 12: +74951000001, 12
  84951000001#34: +74951000001, 34
  "112": short
  "*97": short
  anonymous: hidden
  call me: unreadable
  "+441904900863": "+441904900863"
"""


def run(text: str, folder: Path, *options: str) -> Result:
    file = folder / "numbers.yml"
    file.write_text(text, "utf-8")
    return CliRunner().invoke(main, ["numbers", "test", str(file), *options])


@pytest.mark.proves("S0-11", "S0-14", "S0-64")
def test_each_number_is_read_as_it_is_meant(tmp_path: Path) -> None:
    found = run(GOOD, tmp_path)
    assert (found.exit_code, found.output.count("as expected")) == (0, 8), found.output
    assert (
        "+79161234567 | 79161234567 | 89161234567 | 9161234567 | 8 (916) 123-45-67" in found.output
    )


def test_one_that_is_read_otherwise_is_a_finding(tmp_path: Path) -> None:
    found = run("numbers: {01904 900863: +441904900863}", tmp_path)
    assert (found.exit_code, "should be +441904900863" in found.output) == (1, True)
    assert run("numbers: {01904 900863: +441904900863}", tmp_path, "--region", "GB").exit_code == 0


@pytest.mark.parametrize("nothing", ["", " ~", " null"])
def test_one_without_a_meaning_is_shown_with_what_it_is_read_as(
    nothing: str, tmp_path: Path
) -> None:
    found = run(f"numbers:\n  8 (916) 123-45-67:{nothing}\n  '112': short\n", tmp_path)
    [line] = [line for line in found.output.splitlines() if line.startswith("8 (916)")]
    assert (found.exit_code, "+79161234567" in line, "nothing is expected" in line) == (
        0,
        True,
        True,
    )


@pytest.mark.parametrize("region", ["ZZ", "Russia", "", "7"])
def test_a_country_that_there_is_not_is_refused(region: str, tmp_path: Path) -> None:
    found = run(GOOD, tmp_path, "--region", region)
    assert (found.exit_code, "code of two letters" in found.output) == (2, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("numbers: [1]", "write `numbers:`"),
        ("numbers: {", "expected"),
        ("numbers: {112: short, 112: short}", "stands in line 1 already"),
        ("", "write `numbers:`"),
        ("region: Russia\nnumbers: {1: short}", "code of two letters"),
    ],
)
def test_a_file_that_says_nothing_exits_with_2(text: str, says: str, tmp_path: Path) -> None:
    found = run(text, tmp_path)
    assert (found.exit_code, says in found.output) == (2, True), found.output
