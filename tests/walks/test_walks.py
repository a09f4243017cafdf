"""Random conversations of `make torture`, on both Asterisks; see tests/lab/README.md.

TORTURE says how many, one for each ten of it; TORTURE_SEED has the same choices offered again. A
review that need not have been is told as a warning.
"""

from __future__ import annotations

import os
import random
import warnings
from pathlib import Path

import pytest

from tests.lab.office import Office
from tests.lab.offices import Offices
from tests.walks.verdict import REVIEW
from tests.walks.walk import walk

WALKS = int(os.environ.get("TORTURE", "0")) // 10
SEED = int(os.environ.get("TORTURE_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.torture,
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest.mark.parametrize("version", ["22", "16"])
async def test_the_records_are_what_the_phones_heard(
    version: str, offices: Offices, tmp_path: Path
) -> None:
    wrong = {}
    for seed in range(SEED, SEED + WALKS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        walked = await walk(await offices.at(Office, version), seed, folder)
        for doubt in (one for one in walked.wrong if REVIEW in one):
            warnings.warn(f"walk {seed}: {doubt}", stacklevel=1)
        if any(REVIEW not in one for one in walked.wrong):
            wrong[seed] = [*walked.wrong, *walked.diary]
    assert wrong == {}, f"TORTURE_SEED={SEED} in {tmp_path}"
