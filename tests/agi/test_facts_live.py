"""Real phones on a real Asterisk: who is busy or away is passed over, and no outage of what the
daemon asks costs a call."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.agi.live import (
    BOBS_CLIENT,
    CAROLS_CLIENT,
    DAVES_CLIENT,
    TO_SALES,
    TO_SERVICE,
    Routed,
    routed,
    stranger,
)
from tests.cache.conftest import RedisServer, redis_server
from tests.lab.line import Line
from tests.lab.office import HIDDEN, Office
from tests.lab.offices import Offices
from tests.lab.ports import free_port

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("agi-facts"),
]
ROUTING: dict[str, Any] = {
    "people": {
        "102": {"deputy": "103"},
        "103": {"deputy": "102", "ring_seconds": 1},
        "201": {"deputy": "202", "absences": [{"first": "2020-01-01", "last": "2099-12-31"}]},
    },
    "languages": {"countries": {"RU": "ru"}},
    "deputy_seconds": 9,
    "lines": {TO_SERVICE: {"hidden": {"to": "voicemail"}}},
}


@dataclass
class Place(Routed):
    """An office whose daemon keeps its answers in a Redis."""

    redis: RedisServer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(offices: Offices, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("daemon")
    async with redis_server(folder, free_port()) as redis:
        cache = {"redis": {"addresses": [redis.address]}, "index": False}
        async with routed(await offices.at(Office), folder, routing=ROUTING, cache=cache) as one:
            yield Place(one.at, one.daemon, redis)


async def answered(place: Place, number: str, did: str, by: Line) -> dict[str, Any]:
    """The record of a call that this person answers."""
    at = place.at
    since = await place.call(number, did)
    await by.answers()
    await at.client.talks_with(by)
    await at.client.hangs_up()
    return await place.record(since)


async def talk(one: Line, other: Line, number: str) -> None:
    await one.calls(number)
    await other.answers()
    await one.talks_with(other)


@pytest.mark.proves("S0-17", "S0-21", "S0-22", "S0-54", "S0-56")
async def test_a_busy_owner_falls_to_the_deputy_and_the_record_says_so(place: Place) -> None:
    at = place.at
    async with at.playing():
        await talk(at.bob, at.frank, "300")
        record = await answered(place, BOBS_CLIENT, TO_SALES, at.carol)
    assert (record["responsible"], record["labels"][1:]) == ("103", ["owner's deputy"])
    assert record["language"] == "ru"


@pytest.mark.proves("S0-17", "S0-57")
async def test_when_the_deputy_is_busy_too_the_group_rings(place: Place) -> None:
    at = place.at
    async with at.playing():
        await talk(at.bob, at.carol, "103")
        record = await answered(place, BOBS_CLIENT, TO_SALES, at.alice)
    assert (record["responsible"], record["labels"][1]) == ("101", "group")


async def owner_and_deputy_are_free(place: Place) -> None:
    """Wait until the daemon has heard that the calls of the test before are over."""
    await place.would_ring(BOBS_CLIENT, TO_SERVICE, "102", deputy=True)


@pytest.mark.proves("S0-57")
async def test_who_leaves_the_queue_in_which_he_was_paused_is_rung_again(place: Place) -> None:
    bob = {"Queue": "service", "Interface": place.at.asterisk.devices["102"]}
    await owner_and_deputy_are_free(place)
    await place.at.ami.act("QueueAdd", **bob, Paused="true")
    try:
        await place.would_ring(BOBS_CLIENT, TO_SERVICE, "103")
    finally:
        await place.at.ami.act("QueueRemove", **bob)
    await owner_and_deputy_are_free(place)


@pytest.mark.proves("S0-17", "S0-57", "S1-10")
@pytest.mark.parametrize("refuses", [False, True], ids=["silent", "refuses"])
async def test_an_owner_who_does_not_take_the_call_leaves_it_to_the_deputy(
    place: Place, refuses: bool
) -> None:
    at = place.at
    client, owner, deputy = (BOBS_CLIENT, at.bob, at.carol)
    if not refuses:
        client, owner, deputy = (CAROLS_CLIENT, at.carol, at.bob)
    await owner_and_deputy_are_free(place)
    async with at.playing():
        since = await place.call(client, TO_SERVICE)
        if refuses:
            await owner.declines()
        dialled = f"{at.asterisk.devices[deputy.number]},{ROUTING['deputy_seconds']},g"
        await at.ami.event("Newexten", since=since, Application="Dial", AppData=dialled)
        await deputy.answers()
        await at.client.talks_with(deputy)
        await at.client.hangs_up()
        record = await place.record(since)
    assert record["responsible"] == deputy.number
    assert record["labels"][1:] == ["owner", "owner's deputy"]
    assert [leg["agent"] for leg in record["legs"]] == [owner.number, deputy.number]


@pytest.mark.proves("S0-57", "S1-10")
async def test_an_owner_who_is_away_is_stood_in_for(place: Place) -> None:
    at = place.at
    async with at.playing():
        record = await answered(place, DAVES_CLIENT, TO_SERVICE, at.erin)
    assert (record["responsible"], record["labels"][1:]) == ("202", ["owner's deputy"])


@pytest.mark.proves("S0-15")
@pytest.mark.parametrize(
    ("did", "context"),
    [(TO_SERVICE, "closed"), (TO_SALES, "sales")],
    ids=["voicemail", "as_any_stranger"],
)
async def test_a_hidden_number_goes_where_the_line_says(
    place: Place, did: str, context: str
) -> None:
    at = place.at
    async with at.set_up(BRIDGE_CLOSED_VOICEMAIL="closed,s,1"), at.playing():
        since = await place.call(HIDDEN, did)
        await at.ami.event("Newexten", since=since, Context=context)
        await at.client.hangs_up()


@asynccontextmanager
async def crm_away(place: Place) -> AsyncIterator[None]:
    """The CRM answers every question for a number with an error."""
    with closing(sqlite3.connect(place.daemon.folder / "crm.db", timeout=10)) as crm:
        crm.execute("ALTER TABLE phones RENAME TO phones_gone")
        try:
            yield
        finally:
            crm.execute("ALTER TABLE phones_gone RENAME TO phones")


async def test_without_the_crm_who_has_called_before_reaches_the_owner(place: Place) -> None:
    at = place.at
    async with at.playing():
        await answered(place, BOBS_CLIENT, TO_SALES, at.bob)
    await owner_and_deputy_are_free(place)
    async with crm_away(place), at.playing():
        record = await answered(place, BOBS_CLIENT, TO_SALES, at.bob)
    assert (record["responsible"], record["labels"][1:]) == ("102", ["owner"])


async def test_without_the_crm_a_stranger_reaches_the_group(place: Place) -> None:
    at = place.at
    async with crm_away(place), at.playing():
        record = await answered(place, stranger(), TO_SERVICE, at.erin)
    assert (record["responsible"], record["labels"][1]) == ("202", "group")


async def test_without_redis_the_owner_is_reached_all_the_same(place: Place) -> None:
    at = place.at
    await place.redis.stop()
    try:
        async with at.playing():
            record = await answered(place, BOBS_CLIENT, TO_SALES, at.bob)
    finally:
        await place.redis.start()
    # By the CRM as the owner, or, where it is late on a busy machine, as who talked last.
    assert record["responsible"] == "102"
