"""A disk that is full behind the output ends any command with one line and exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.tracker.recorded import CALLS

COMMANDS = {
    "many short lines": ["replay", str(CALLS / "group_answered" / "capture.ami")],
    "more than a buffer at once": ["check", "--schema"],
    "one text": ["dialplan", "print", "--for", "asterisk"],
}


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_it_is_told_in_one_line(words: list[str], unbuffered: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", "from bridge.cli import main; main()", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            text=True,
            check=False,
        )
    told = "cannot write: No space left on device: make room there, or write elsewhere\n"
    assert (done.returncode, done.stderr) == (2, told)
