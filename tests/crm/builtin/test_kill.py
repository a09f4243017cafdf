"""The program is killed while it writes: what it was told to be accepted is there, and once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.domain.ports import Search

WRITER: Final = """
import asyncio, sys
from pathlib import Path
from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.domain.commands import CreateLead

async def write():
    crm = BuiltinCrm(BuiltinSettings(file=Path(sys.argv[1])))
    for number in range(100_000):
        lead = CreateLead(title="x", phone=None, did=None, owner=None)
        outcome = await crm.create_lead(lead, f"key-{number}")
        print(f"key-{number}", outcome.result, flush=True)

asyncio.run(write())
"""


def accepted_before_the_kill(file: Path, answers: int) -> dict[str, str]:
    """Each key and id that the writer was given, until it was killed in the middle of a write."""
    command = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(answers)]
        writer.kill()
        told += writer.stdout.readlines()
    whole = (line.split() for line in told if line.endswith("\n"))
    return dict(whole)


@pytest.mark.parametrize("answers", [1, 7, 40])
async def test_what_was_accepted_is_there_once(tmp_path: Path, answers: int) -> None:
    accepted = accepted_before_the_kill(tmp_path / "crm.sqlite", answers)
    crm = BuiltinCrm(BuiltinSettings(file=tmp_path / "crm.sqlite"))
    assert {key: await crm.find(key) for key in accepted} == accepted
    leads = await crm.find_leads(Search())
    # at most one more: the write that was committed but not told any more
    assert len(leads) - len(accepted) in (0, 1)
    await crm.close()
