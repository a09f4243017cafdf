"""An important client at a busy queue, on a real Asterisk, 22 and 16: he goes first, and waits for
those who are good enough for him."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
import pytest_asyncio

from tests.agi.live import CAROLS_CLIENT, TO_SALES, TO_SERVICE, Routed, routed, stranger
from tests.lab.ami import Message
from tests.lab.office import Office
from tests.lab.offices import Offices
from tests.lab.wait import until

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asterisk16,
    pytest.mark.asyncio(loop_scope="session"),
]
VIP: Final = "+79161237401"
IMPORTANT: Final = {
    "clients": {"vip": [VIP], "vip_priority": 10, "vip_penalty": {"max": 1}},
    "people": {"102": {"skills": ["ovens"]}, "201": {"skills": ["ovens"]}},
    "rules": [
        {"name": "ovens", "when": {"company.name": "Bakery"}, "then": {"skill": "ovens"}},
    ],
}
# Dave is asked first by everybody, Erin where Dave cannot.
PENALTIES: Final = {"201": "1", "202": "5"}
PLACES = [
    pytest.param(version, id=id, marks=pytest.mark.xdist_group(id))
    for version in ("22", "16")
    for id in [f"agi-{version}"]
]
_PATIENT: Final = 2  # seconds of waiting, in which Asterisk rings again (`retry`) at least once


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=PLACES)
async def place(
    request: pytest.FixtureRequest, offices: Offices, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Routed]:
    office = await offices.at(Office, request.param)
    async with routed(office, tmp_path_factory.mktemp("daemon"), routing=IMPORTANT) as one:
        yield one


@pytest.mark.proves("S0-20")
async def test_an_important_client_who_came_later_is_connected_first(place: Routed) -> None:
    at = place.at
    first, vip = at.outsider(stranger()), at.outsider(VIP)
    async with at.playing():
        await both_agents_talk(at)
        for who, position in ((first, "1"), (vip, "1")):
            since = len(at.ami.events)
            await who.calls(TO_SERVICE)
            joined = await at.ami.event("QueueCallerJoin", since=since)
            assert (joined["CallerIDNum"], joined["Position"]) == (who.number, position)
        await at.dave.hangs_up()
        leg = await at.dave.answers()
        await vip.talks_with(at.dave)
        await at.erin.answers()
        await first.talks_with(at.erin)
    assert VIP in leg.caller


@pytest.mark.proves("S0-19", "S0-20")
@pytest.mark.parametrize("important", [True, False])
async def test_who_is_above_the_highest_penalty_is_not_rung_though_free(
    place: Routed, important: bool
) -> None:
    at = place.at
    erin = at.asterisk.devices["202"]
    async with penalties(place), at.playing():
        await at.dave.calls("300")
        await at.frank.answers()
        since = await place.call(VIP if important else stranger(), TO_SERVICE)
        if important:
            await waits_patiently(place, VIP)
            assert not rung(place, since, erin)
            await at.dave.hangs_up()
        taken = at.dave if important else at.erin
        await taken.answers()
        await at.client.talks_with(taken)


@pytest.mark.proves("S0-19")
async def test_everybody_with_the_skill_is_rung_at_once_whoever_owns_the_client(
    place: Routed,
) -> None:
    at = place.at
    await place.would_ring(CAROLS_CLIENT, TO_SALES, "102", "201")
    async with at.playing():
        since = await place.call(CAROLS_CLIENT, TO_SALES)
        await place.rang(since, "102")
        await at.dave.answers()
        await at.client.talks_with(at.dave)
        await at.client.hangs_up()
        record = await place.record(since)
    assert {leg["agent"]: leg["outcome"] for leg in record["legs"]} == {
        "102": "answered_elsewhere",
        "201": "answered",
    }
    assert record["labels"][1:] == ["rule ovens"]


async def both_agents_talk(at: Office) -> None:
    await at.dave.calls("202")
    await at.erin.answers()
    await at.dave.talks_with(at.erin)


@asynccontextmanager
async def penalties(place: Routed) -> AsyncIterator[None]:
    async def all(**given: str) -> None:
        for extension, penalty in given.items():
            device = place.at.asterisk.devices[extension]
            await place.at.ami.act(
                "QueuePenalty", Interface=device, Penalty=penalty, Queue="service"
            )

    await all(**PENALTIES)
    try:
        yield
    finally:
        await all(**dict.fromkeys(PENALTIES, "0"))


async def waits_patiently(place: Routed, number: str) -> None:
    """Until Asterisk has had a client wait for so long that it has looked for members again."""
    ami = place.at.ami

    async def patient() -> Message | None:
        since = len(ami.events)
        await ami.act("QueueStatus", Queue="service")
        await ami.event("QueueStatusComplete", since=since)
        entries = [one for one in ami.events[since:] if one["Event"] == "QueueEntry"]
        mine = (one for one in entries if one["CallerIDNum"] == number)
        return next((one for one in mine if int(one["Wait"]) >= _PATIENT), None)

    await until(patient, f"{_PATIENT} s of waiting")


def rung(place: Routed, since: int, device: str) -> list[Message]:
    """How often a device was rung since then; to be asked while the call is played."""
    events = place.at.ami.events[since:]
    begun = (one for one in events if one["Event"] == "DialBegin")
    return [one for one in begun if one["DestChannel"].startswith(f"{device}-")]
