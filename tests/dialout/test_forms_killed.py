"""kill -9 between every two steps of a callback form: it is called once, or whoever asked is told;
never called twice, never forgotten."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.dialout.mortal import Life, live, now

_PATIENCE: Final = 30  # seconds for one life
_LATER: Final = timedelta(minutes=6)  # whoever had it in hand is dead for sure

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.dialout.mortal"])


async def lived(life: Life) -> bool:
    """Whether the process lived to the end."""
    process = processes.Process(target=live, args=(life,))
    process.start()
    await asyncio.to_thread(process.join, _PATIENCE)
    return process.exitcode == 0


@pytest.mark.proves("S1-25")
@pytest.mark.timeout(300)
async def test_a_form_survives_a_kill_at_each_step(tmp_path: Path) -> None:
    for step in itertools.count(1):
        folder = tmp_path / str(step)
        folder.mkdir()
        asked_at, diary = now(), folder / "diary"
        life = partial(Life, store=str(folder / "bridge.db"), diary=diary, asked_at=asked_at)
        whole = await lived(life(dies_at=step))
        # The portal's queue was not cleared, so that the form comes again.
        assert await lived(life(ahead=_LATER))
        came_to = diary.read_text().split()
        assert (step, came_to.count("called") <= 1, bool(came_to)) == (step, True, True)
        if whole:
            break
    assert (step > 6, came_to) == (True, ["called"])
