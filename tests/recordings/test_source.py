"""What a folder of recordings may hold beside them."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from bridge.recordings.settings import PathMapping, Patience
from bridge.recordings.source import Folder


async def test_a_pipe_is_no_recording_and_keeps_nobody_waiting(spool: Path) -> None:
    os.mkfifo(spool / "pipe.wav")
    folder = Folder([PathMapping(pbx=PurePosixPath("/spool"), local=spool)], Patience())
    seen = await folder.look("/spool/pipe.wav")
    assert (seen.readable, "no file" in seen.detail) == (False, True)
