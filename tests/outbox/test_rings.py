"""A delivered call leaves nothing to the collector of garbage."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

from bridge.crm.builtin import BuiltinCrm, BuiltinSettings
from bridge.domain.counters import NoCounters
from bridge.domain.record import Client
from bridge.outbox.carrier import Carrier
from bridge.outbox.destination import Destination
from bridge.outbox.retry import RetrySettings
from bridge.outbox.states import EntryState
from bridge.storage.store import open_store
from tests.lab.garbage import left_by
from tests.outbox.conftest import StillClock
from tests.rules.office import call

_LEASE: Final = timedelta(minutes=1)


async def test_a_delivered_call_leaves_nothing_to_the_collector(tmp_path: Path) -> None:
    crm, clock, numbers = (
        BuiltinCrm(BuiltinSettings(file=tmp_path / "crm.db")),
        StillClock(),
        count(),
    )
    async with open_store(f"sqlite:///{tmp_path}/bridge.db", daemon=True) as store:
        carrier = Carrier(
            Destination(name="crm", crm=crm),
            store,
            clock=clock,
            dice=lambda: 0.5,
            counters=NoCounters(),
            settings=RetrySettings(),
        )

        async def a_stranger_calls() -> None:
            number = next(numbers)
            client = Client(number=f"+7916{number:07}")
            one = call(call_id=f"pbx-{number}", client=client, recordings=())
            await store.finish(one, ["crm"], now=clock.now())
            until = clock.now() + _LEASE
            leased = await store.lease("crm", "w", now=clock.now(), until=until, limit=1)
            await carrier.carry(leased.works[0])

        left = await left_by(a_stranger_calls)
        states = {entry.state for entry in await store.deliveries()}
        assert (states, left) == ({EntryState.DONE}, 0)
