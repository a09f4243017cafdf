"""The daemon beside a real Asterisk that it hears over ARI alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ari.conftest import by_ari
from tests.lab.daemon import RunningDaemon, running_daemon
from tests.lab.office import Office
from tests.lab.scenario import load
from tests.lab.truth import mismatches
from tests.lab.wait import until

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("ari"),
]


async def stored(daemon: RunningDaemon, count: int) -> None:
    async def are() -> bool:
        return len(await daemon.finished()) == count

    await until(are, f"{count} calls to be stored")


async def test_calls_over_ari_alone_give_the_records_that_people_would_write(
    at: Office, tmp_path: Path
) -> None:
    """A group, a queue, a transfer, an outgoing call: each as its scenario says."""
    known, truths = load(), []
    names = ("group_answered", "queue_answered", "blind_refer_to_group", "outbound_answered")
    async with running_daemon(at, tmp_path, change=by_ari(at)) as daemon:
        for name in names:
            async with at.playing(tmp_path / "capture.ami"):
                await known[name].conversation(at)
            truths += known[name].truth(at)["records"]
            await stored(daemon, len(truths))
        records = await daemon.finished()
        ready = await daemon.ask("/readyz")
    assert mismatches(records, {"records": truths}) == []
    assert all(one["recordings"] for one in records)
    assert ready["ari office"] == "live"
