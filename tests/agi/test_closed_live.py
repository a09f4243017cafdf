"""Nobody works now, on a real Asterisk 22 through the printed contexts: none of the DID's phones
rings, unless the site says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.agi.live import TO_SALES, TO_SERVICE, Routed, routed, stranger
from tests.lab.ami import Message
from tests.lab.office import ALICE_MOBILE, HIDDEN, Office
from tests.lab.offices import Offices
from tests.lab.wait import until

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("agi_closed_22"),
]

BLOCKED, VIP = "+79161237001", "+79161237002"
CLOSED = {
    "schedules": {"never": {"week": {}}},
    "clients": {"blocked": [BLOCKED], "vip": [VIP], "vip_priority": 10},
    "lines": {
        TO_SALES: {
            "hours": "never",
            "after_hours": {"to": "number", "number": ALICE_MOBILE},
            "hidden": {"to": "reject"},
        },
        TO_SERVICE: {
            "hours": "never",
            "after_hours": {"to": "callback"},
            "hidden": {"to": "number", "number": ALICE_MOBILE},
        },
    },
}
OUR_WAY = {"BRIDGE_CLOSED_OUTGOING": "outgoing"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    offices: Offices, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Routed]:
    folder = tmp_path_factory.mktemp("daemon")
    async with (
        routed(await offices.at(Office), folder, routing=CLOSED) as one,
        one.at.set_up(**OUR_WAY),
    ):
        yield one


def seen(place: Routed, since: int, **said: str) -> list[Message]:
    """What Asterisk said since then; to be asked while the call is played."""
    events = place.at.ami.events[since:]
    return [one for one in events if said.items() <= one.items()]


@pytest.mark.proves("S0-15")
@pytest.mark.parametrize(
    ("number", "label"),
    [(BLOCKED, "blocked"), (HIDDEN, "hidden, reject")],
    ids=["blocked", "hidden"],
)
async def test_who_is_not_taken_at_any_hour_is_refused(
    place: Routed, number: str, label: str
) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(number, TO_SALES)
        ended = await at.ami.event("Hangup", since=since)
        await at.client.is_released()
        rung = seen(place, since, Event="DialBegin")
        record = await place.record(since)
    assert (ended["Cause"], rung) == ("21", [])
    assert (record["labels"][1:], record["missed_reason"]) == ([label], "ivr")


@pytest.mark.parametrize(
    ("number", "did", "label"),
    [
        pytest.param(HIDDEN, TO_SERVICE, "hidden, number", marks=pytest.mark.proves("S0-15")),
        (None, TO_SALES, "closed, number"),
    ],
    ids=["hidden", "closed"],
)
async def test_the_number_that_takes_such_calls_rings(
    place: Routed, number: str | None, did: str, label: str
) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(number or stranger(), did)
        await at.alice_mobile.answers()
        await at.client.talks_with(at.alice_mobile)
        await at.client.hangs_up()
        record = await place.record(since)
    assert record["labels"] == [f"did:{did}", label]


async def test_a_closed_line_says_so_where_no_way_is_named(place: Routed) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(VIP, TO_SERVICE)
        said = await at.ami.event("Newexten", since=since, Application="Playback")
        await at.ami.event("VarSet", since=since, Variable="QUEUE_PRIO", Value="10")
        await at.client.is_released()
        rung = seen(place, since, Event="DialBegin")
    assert (said["Context"], said["AppData"], rung) == ("bridge-closed", "vm-nobodyavail", [])


async def test_where_nobody_answers_the_number_voicemail_is_next(place: Routed) -> None:
    at = place.at
    wait = {"BRIDGE_CLOSED_VOICEMAIL": "closed,s,1", "BRIDGE_CLOSED_WAIT": "1"}
    async with at.set_up(**wait), at.playing():
        since = await place.call(stranger(), TO_SALES)
        await at.ami.event("Newexten", since=since, Context="closed")
        await at.client.hangs_up()
        rung = {one["DialString"] for one in seen(place, since, Event="DialBegin")}
    assert rung == {f"{ALICE_MOBILE}@outgoing", f"{ALICE_MOBILE}@trunk"}


@pytest.mark.proves("S0-58")
async def test_a_call_back_that_was_promised_is_a_task_in_the_crm(place: Routed) -> None:
    at, client = place.at, stranger()
    async with at.playing():
        since = await place.call(client, TO_SERVICE)
        await at.ami.event("Newexten", since=since, Context="bridge-closed")
        await at.client.hangs_up()
        await place.record(since)

    async def made() -> dict[str, Any] | None:
        tasks = await place.daemon.crm("tasks")
        return next((one for one in tasks if client in one["title"]), None)

    task = await until(made, "the task")
    assert TO_SERVICE in task["title"]


@pytest.mark.parametrize(
    ("way", "context"),
    [("closed,s,1", "closed"), ("own", "service")],
    ids=["a_way_of_the_site", "the_dids_own"],
)
async def test_a_closed_line_goes_where_the_site_says(
    place: Routed, way: str, context: str
) -> None:
    at = place.at
    async with at.set_up(BRIDGE_CLOSED_CALLBACK=way), at.playing():
        since = await place.call(stranger(), TO_SERVICE)
        await at.ami.event("Newexten", since=since, Context=context)
        await at.client.hangs_up()
        announced = seen(place, since, Context="bridge-closed")
    assert announced == []
