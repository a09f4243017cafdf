"""What a CRM can do is asked until it answers, and no later than it says it will."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

import pytest

from bridge.domain.ports import Crm, CrmUnavailable, Probe
from bridge.outbox.capabilities import probed
from tests.outbox.conftest import StillClock
from tests.outbox.fake_crm import FakeCrm


class Busy(FakeCrm):
    """Answers the second probe."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__()
        self.retry_after, self.probes = retry_after, 0

    async def probe(self) -> Probe:
        self.probes += 1
        if self.probes == 1:
            raise CrmUnavailable("busy", self.retry_after)
        return await super().probe()


@pytest.mark.parametrize(("named", "waits"), [(7, 7), (0.1, 1), (600, 60), (None, 60)])
async def test_a_busy_crm_is_asked_again_when_it_says_so(named: float | None, waits: int) -> None:
    crm, clock = Busy(named), StillClock()
    asking = asyncio.ensure_future(probed(cast(Crm, crm), clock, asyncio.Event()))
    await clock.waits.acquire()
    clock.move(timedelta(seconds=waits - 0.5))
    early = crm.probes
    clock.move(timedelta(seconds=0.5))
    await asking
    assert (early, crm.probes) == (1, 2)
