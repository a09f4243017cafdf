"""Daemons on a PostgreSQL store: two of them for one PBX, and a server that goes away."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bridge.outbox.states import EntryState
from bridge.storage.calls import Which
from bridge.storage.store import open_store
from tests.lab.postgres import Server, postgres
from tests.lab.wait import until
from tests.torture.stand import Stand, stand


def logged(at: Stand) -> set[str]:
    """Calls that stand in the CRM."""
    return {key.split("/")[1] for key in at.crm.effects if "/log_call/" in key}


def doubled(at: Stand) -> list[str]:
    return [key for key, times in at.crm.effects.items() if times > 1]


def begun(at: Stand, since: int) -> set[str]:
    return {f"office-{one.playing.uniqueid}" for one in at.pbx.calls[since:]}


async def stored(url: str) -> set[str]:
    async with open_store(url, daemon=False) as store:
        return {record.call_id for record in await store.calls(Which(limit=10_000))}


async def leased(url: str) -> set[str]:
    """Calls that a daemon is at work on. Of one that was killed they are free once their lease is
    over (tests/outbox/test_side_by_side.py), which takes longer than a test may."""
    async with open_store(url, daemon=False) as store:
        return {entry.call_id for entry in await store.deliveries((EntryState.WORKING,))}


@pytest.mark.proves("S0-59", "S4-40")
async def test_one_daemon_follows_and_the_other_takes_over_when_it_is_killed(
    tmp_path: Path, postgres_server: Server
) -> None:
    url = postgres_server.make("two_daemons")
    async with stand(tmp_path, random.Random(5)) as first:
        second = first.beside(tmp_path / "second")

        async def taken_over() -> bool:
            return first.pbx.logins == 2

        for one in (first, second):
            one.configure(store={"url": url})
        killed = await first.start()
        await until(first.ready, "the first daemon to be ready")
        await second.start()
        try:
            await until(second.ready, "the second daemon to be ready")
            assert (await second.part("ami office"), first.pbx.logins) == ("standby", 1)
            async with first.load(every=0.15):
                await until(first.calls_more(10), "ten calls")
                killed.kill()
                await killed.wait()
                left = await leased(url)
                await until(taken_over, "the second daemon to follow")
                last = len(first.pbx.calls)
                await until(first.calls_more(10), "ten calls more")
            wanted = begun(first, last)

            async def all_there() -> bool:
                return (wanted | await stored(url)) - left <= logged(first)

            await until(all_there, "every call in the CRM")
        finally:
            await second.stop()
        assert (wanted - await stored(url), doubled(first)) == (set(), [])


@pytest.mark.proves("S4-11", "S4-12", "S4-40")
async def test_a_server_that_goes_away_under_load_costs_no_call(tmp_path: Path) -> None:
    with postgres() as server:
        url = server.make("away")
        async with stand(tmp_path, random.Random(6)) as at:
            at.configure(store={"url": url})
            await at.start()
            await at.follows()
            async with at.load(every=0.1):
                await until(at.calls_more(10), "ten calls")
                await asyncio.to_thread(server.stop)
                await until(at.calls_more(10), "ten calls while the store is away")
                await asyncio.to_thread(server.start)
                await until(at.calls_more(10), "ten calls more")

            async def all_there() -> bool:
                return begun(at, 0) <= logged(at)

            await until(all_there, "every call in the CRM", within=60)
            assert (doubled(at), await at.metric("ami_gaps_total")) == ([], 0.0)
