"""Real phones on a real Asterisk, 22 and 16: a known client reaches the person who knows him, and
every other call goes on in time whatever happens to the daemon (figures: docs/routing.md)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import takewhile

import pytest
import pytest_asyncio

from tests.agi.live import (
    BOBS_CLIENT,
    CAROLS_CLIENT,
    DAVES_CLIENT,
    TO_LAST_WORDS,
    TO_SALES,
    TO_SERVICE,
    OverHttp,
    Routed,
    routed,
    stranger,
)
from tests.lab.office import Office
from tests.lab.offices import Offices

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asterisk16,
    pytest.mark.asyncio(loop_scope="session"),
]
Noting = Callable[[str, object], None]

# Seconds that a caller may wait more because the daemon is not there, and because it is stopped
# (BRIDGE_WAIT is 0.7); a machine that does much else at once is what the rest is for.
GONE, STOPPED = 0.5, 1.2
# Clients of the Printing House are greeted in their language before Dave rings.
VIP = "+79161237301"
GREETING = {
    "clients": {"vip": [VIP], "vip_penalty": {"min": 5}},
    "languages": {"groups": {"de": "projects", "fr": "office"}, "keys": {"2": "fr"}},
    "rules": [
        {
            "name": "greeting",
            "when": {"company.name": "Printing House"},
            "then": {"language": "de", "prompt": {"de": "beep", "default": "vm-goodbye"}},
        }
    ],
}
PLACES = [
    pytest.param((kind, version), id=id, marks=pytest.mark.xdist_group(id))
    for kind, way in ((Office, "agi"), (OverHttp, "curl"))
    for version in ("22", "16")
    for id in [f"{way}-{version}"]
]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=PLACES)
async def office(request: pytest.FixtureRequest, offices: Offices) -> Office:
    return await offices.at(*request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(office: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Routed]:
    async with routed(office, tmp_path_factory.mktemp("daemon"), routing=GREETING) as one:
        yield one


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def rest(place: Routed) -> None:
    """Nobody rings or talks, and the daemon knows it: who is busy still would be passed over."""
    await place.owners_rest()


@pytest.mark.proves("S1-10", "S1-11", "S2-14", "S0-17", "S0-21")
@pytest.mark.parametrize("did", [TO_SALES, TO_SERVICE], ids=["sales", "service"])
async def test_a_known_client_reaches_the_owner_whatever_did_was_dialled(
    place: Routed, did: str
) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(BOBS_CLIENT, did)
        await at.bob.answers()
        await at.client.talks_with(at.bob)
        await at.client.hangs_up()
        record = await place.record(since)
    assert {leg["agent"] for leg in record["legs"]} == {"102"}
    assert (record["responsible"], record["labels"]) == ("102", [f"did:{did}", "owner"])


@pytest.mark.proves("S1-10")
async def test_the_owner_of_a_company_is_reached_too(place: Routed) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(DAVES_CLIENT, TO_SALES)
        await at.dave.rings()
        await place.gives_up(since)


@pytest.mark.proves("S0-54", "S0-55")
async def test_prompt_and_group_follow_the_clients_language(place: Routed) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(DAVES_CLIENT, TO_SALES)
        await at.ami.event("VarSet", since=since, Variable="BRIDGE_GROUP", Value="projects")
        await at.ami.event("VarSet", since=since, Variable="BRIDGE_SAY", Value="beep")
        said = await at.ami.event("VarSet", since=since, Variable="PLAYBACKSTATUS")
        await at.dave.rings()
        await place.gives_up(since)
    assert (said["Value"], said["Language"]) == ("SUCCESS", "de")


@pytest.mark.proves("S0-54", "S0-55")
async def test_the_key_pressed_in_a_menu_says_the_language(place: Routed) -> None:
    at = place.at
    async with at.set_up(KEY="2"), at.playing():
        since = await place.call(stranger(), TO_SERVICE)
        await at.ami.event("VarSet", since=since, Variable="BRIDGE_GROUP", Value="office")
        rung = await at.ami.event("DialBegin", since=since)
        await place.gives_up(since)
    assert rung["Language"] == "fr"


@pytest.mark.proves("S1-02", "S1-05", "S2-14")
@pytest.mark.parametrize(
    ("did", "rung"),
    [(TO_SALES, {"101", "102", "103"}), (TO_SERVICE, {"201", "202"})],
    ids=["sales", "service"],
)
async def test_a_stranger_takes_the_way_of_the_did(place: Routed, did: str, rung: set[str]) -> None:
    assert await rings(place, stranger(), did) == rung


@pytest.mark.proves("S0-19", "S0-20")
async def test_a_penalty_says_which_members_of_the_queue_are_rung(place: Routed) -> None:
    """Erin is asked last by others, and alone for an important client."""
    at, erin = place.at, place.at.asterisk.devices["202"]
    await at.ami.act("QueuePenalty", Interface=erin, Penalty="5", Queue="service")
    try:
        async with at.playing():
            since = await place.call(VIP, TO_SERVICE)
            await place.rang(since, "202")
            await place.gives_up(since)
            events = at.ami.events
    finally:
        await at.ami.act("QueuePenalty", Interface=erin, Penalty="0", Queue="service")
    rung = {one["DestChannel"] for one in events[since:] if one["Event"] == "DialBegin"}
    assert {one.partition("-")[0] for one in rung} == {erin}


@pytest.mark.proves("S1-10")
async def test_an_owner_who_is_silent_leaves_the_call_to_the_group(place: Routed) -> None:
    at = place.at
    async with at.playing():
        since = await place.call(CAROLS_CLIENT, TO_SERVICE)
        await place.rang_in_vain(since, "103")
        await at.erin.answers()
        await at.client.talks_with(at.erin)
        await at.client.hangs_up()


@pytest.mark.proves("S0-37")
async def test_a_client_rates_the_call_with_one_key(place: Routed) -> None:
    at = place.at
    async with at.set_up(BRIDGE_RATE="yes"), at.playing():
        since = await place.call(BOBS_CLIENT, TO_SALES)
        await at.bob.answers()
        await at.client.talks_with(at.bob)
        await at.bob.hangs_up()
        await place.hears_the_prompt(since)
        await at.client.presses("4")
        await at.client.is_released()
        record = await place.record(since)
    assert (record["rating"], record["responsible"]) == (4, "102")


@pytest.mark.parametrize("ended_by", ["client", "agent", "client, asked to rate"])
async def test_what_the_did_does_at_the_end_of_a_call_is_done(place: Routed, ended_by: str) -> None:
    at = place.at
    async with at.set_up(BRIDGE_RATE="yes" if "rate" in ended_by else ""), at.playing():
        since = await place.call(BOBS_CLIENT, TO_LAST_WORDS)
        await at.bob.answers()
        await at.client.talks_with(at.bob)
        if ended_by != "client":
            await at.bob.hangs_up()
        if ended_by == "agent":
            await at.client.is_released()
        else:
            await at.client.hangs_up()
        over = await at.ami.event("UserEvent", since=since, UserEvent="Over")
    assert over["Told"] == "OK"


async def test_who_hangs_up_during_the_question_ends_as_the_did_says(place: Routed) -> None:
    at = place.at
    place.stop_moving()
    try:
        async with at.playing():
            since = await place.call(BOBS_CLIENT, TO_LAST_WORDS)
            await place.asking(since)
            await at.client.hangs_up()
            await at.ami.event("UserEvent", since=since, UserEvent="Over")
    finally:
        place.move_on()


async def test_nobody_listens_and_the_call_goes_on(place: Routed, record_property: Noting) -> None:
    await place.daemon.kill()
    try:
        waited = await goes_to_service(place)
    finally:
        await place.daemon.start_again()
    record_property("waited", waited)
    assert waited < GONE


async def test_the_daemon_is_stopped_and_the_call_goes_on(
    place: Routed, record_property: Noting
) -> None:
    place.stop_moving()
    try:
        waited = await goes_to_service(place)
    finally:
        place.move_on()
    record_property("waited", waited)
    assert waited < STOPPED


async def test_the_daemon_dies_half_way_and_the_call_goes_on(
    place: Routed, record_property: Noting
) -> None:
    at = place.at
    place.stop_moving()
    async with at.playing():
        since = await place.call(BOBS_CLIENT, TO_SERVICE)
        await place.asking(since)
        await place.daemon.kill()
        waited = await place.waited(since)
        await at.erin.answers()
        await at.client.talks_with(at.erin)
        await at.client.hangs_up()
    await place.daemon.start_again()
    record_property("waited", waited)
    assert waited < STOPPED


async def test_a_client_who_hangs_up_during_the_question_leaves_nothing(place: Routed) -> None:
    place.stop_moving()
    try:
        async with place.at.playing():
            since = await place.call(BOBS_CLIENT, TO_SERVICE)
            await place.asking(since)
            await place.at.client.hangs_up()
    finally:
        place.move_on()
    assert await rings(place, stranger(), TO_SERVICE) == {"201", "202"}


async def goes_to_service(place: Routed) -> float:
    """A call that cannot be routed is answered by service; how long that took it."""
    at = place.at
    async with at.playing():
        since = await place.call(BOBS_CLIENT, TO_SERVICE)
        waited = await place.waited(since)
        await at.erin.answers()
        await at.client.talks_with(at.erin)
        await at.client.hangs_up()
    return waited


async def rings(place: Routed, number: str, did: str) -> set[str]:
    """The extensions that ring at once for this call: before the first of them has stopped."""
    at = place.at
    async with at.playing():
        since = await place.call(number, did)
        for extension in ("101", "102", "103") if did == TO_SALES else ("201", "202"):
            await place.rang(since, extension)
        await place.gives_up(since)
        events = at.ami.events
    together = takewhile(lambda one: one["Event"] != "DialEnd", events[since:])
    begun = [one for one in together if one["Event"] == "DialBegin"]
    return {one["DestChannel"].partition("/")[2].partition("-")[0] for one in begun}
