"""A stop with deliveries in flight: within ten seconds, and nothing of them is lost or doubled."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests.lab.wait import until
from tests.torture.stand import stand


@pytest.mark.parametrize("silent", [False, True], ids=["slow CRM", "CRM that never answers"])
async def test_a_stop_keeps_to_its_ten_seconds(silent: bool, tmp_path: Path) -> None:
    async with stand(tmp_path, random.Random(3)) as at:
        process = await at.start()
        await at.follows()
        at.crm.gate.clear()
        await asyncio.gather(*(at.call() for _ in range(12)))
        await until(at.crm.is_asked, "the CRM to be asked")
        process.terminate()
        if not silent:
            at.crm.gate.set()
        async with asyncio.timeout(10):
            assert await process.wait() == 0
        at.crm.gate.set()
        await at.start()
        calls = {f"crm/office-{one.playing.uniqueid}/log_call/call" for one in at.pbx.calls}

        async def all_there() -> bool:
            return calls <= at.crm.effects.keys()

        await until(all_there, "every call in the CRM")
        assert [key for key, times in at.crm.effects.items() if times > 1] == []
