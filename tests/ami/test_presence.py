"""Whose telephone can ring: from what Asterisk tells of devices and pauses."""

from __future__ import annotations

import asyncio

import pytest

from bridge.ami.codec import Framer
from bridge.ami.link import AmiLink
from bridge.ami.presence import state
from bridge.domain.directory import Agent, Directory
from bridge.link.devices import Devices
from bridge.link.states import LinkState
from bridge.routing.presence import Presence
from tests.ami.clients import settings
from tests.ami.fake import FakeAsterisk, event, listed
from tests.link.links import running

DIRECTORY = Directory([Agent(extension="103", endpoints=("PJSIP/clara-*", "SIP/clara"))])


def device(name: str, state: str) -> str:
    return event("DeviceStateChange", Device=name, State=state)


def pause(member: str, paused: bool, queue: str = "sales") -> str:
    return event("QueueMemberPause", Queue=queue, Interface=member, Paused=str(int(paused)))


def member(happened: str, paused: bool = False, queue: str = "sales") -> str:
    said = {"Queue": queue, "Interface": "PJSIP/101", "Paused": str(int(paused))}
    return event(f"QueueMember{happened}", **said)


def heard(*events: str) -> Devices:
    devices = Devices(DIRECTORY)
    for frame in Framer().feed("".join(events).encode()):
        devices.hear(*state(frame))  # type: ignore[arg-type]
    return devices


@pytest.mark.proves("S0-57")
@pytest.mark.parametrize(
    ("events", "who", "seen"),
    [
        ([device("PJSIP/101", "NOT_INUSE")], "101", Presence.FREE),
        ([device("PJSIP/101", "INUSE")], "101", Presence.IN_USE),
        ([device("PJSIP/101", "RINGING")], "101", Presence.IN_USE),
        ([device("PJSIP/101", "UNAVAILABLE")], "101", Presence.UNREACHABLE),
        ([device("PJSIP/101", "INUSE"), device("PJSIP/101", "NOT_INUSE")], "101", Presence.FREE),
        ([device("PJSIP/101", "SOMETHING_NEW")], "101", Presence.UNKNOWN),
        (
            [device("PJSIP/clara-desk", "UNAVAILABLE"), device("SIP/clara", "NOT_INUSE")],
            "103",
            Presence.FREE,
        ),
        (
            [device("PJSIP/clara-desk", "INUSE"), device("SIP/clara", "NOT_INUSE")],
            "103",
            Presence.IN_USE,
        ),
        ([device("PJSIP/101", "NOT_INUSE"), device("Custom:DND101", "INUSE")], "101", Presence.DND),
        ([device("PJSIP/101", "NOT_INUSE"), device("Custom:DND101", "BUSY")], "101", Presence.DND),
        ([device("Custom:DEVDND101", "BUSY")], "101", Presence.DND),
        (
            [device("PJSIP/101", "NOT_INUSE"), device("Custom:DND101", "UNAVAILABLE")],
            "101",
            Presence.FREE,
        ),
        (
            [device("PJSIP/101", "NOT_INUSE"), device("Custom:DND101", "NOT_INUSE")],
            "101",
            Presence.FREE,
        ),
        ([device("PJSIP/101", "NOT_INUSE"), pause("PJSIP/101", True)], "101", Presence.PAUSED),
        (
            [pause("Local/101@from-queue/n", True), device("PJSIP/101", "NOT_INUSE")],
            "101",
            Presence.PAUSED,
        ),
        (
            [pause("PJSIP/101", True), pause("PJSIP/101", False, "service")],
            "101",
            Presence.UNKNOWN,
        ),
        ([device("PJSIP/101", "INUSE"), pause("PJSIP/101", True)], "101", Presence.IN_USE),
        (
            [device("PJSIP/101", "NOT_INUSE"), pause("PJSIP/101", True), member("Removed", True)],
            "101",
            Presence.FREE,
        ),
        (
            [device("PJSIP/101", "NOT_INUSE"), pause("PJSIP/101", True), member("Added")],
            "101",
            Presence.FREE,
        ),
        ([device("PJSIP/101", "NOT_INUSE"), member("Added", True)], "101", Presence.PAUSED),
        (
            [
                *(device("PJSIP/101", "NOT_INUSE"), pause("PJSIP/101", True)),
                *(member("Added", queue="service"), member("Removed", queue="service")),
            ],
            "101",
            Presence.PAUSED,
        ),
    ],
)
def test_devices_and_pauses_are_one_word_for_each_person(
    events: list[str], who: str, seen: Presence
) -> None:
    assert heard(*events).presence[who] is seen


def test_a_trunk_is_nobody() -> None:
    assert heard(device("PJSIP/operator", "INUSE"), device("", "INUSE")).presence == {}


def test_a_new_directory_counts_at_once() -> None:
    devices = heard(device("PJSIP/anna", "INUSE"))
    devices.read_anew(Directory([Agent(extension="101", endpoints=("PJSIP/anna",))]))
    assert devices.presence == {"101": Presence.IN_USE}


async def test_a_link_learns_what_is_there_then_hears_and_forgets_when_it_is_lost() -> None:
    devices = Devices(DIRECTORY)
    seen: list[dict[str, Presence]] = []
    async with FakeAsterisk() as pbx:
        states = [{"Device": "PJSIP/101", "State": "INUSE"}]
        pbx.answers["DeviceStateList"] = lambda action: listed(
            action, "DeviceStateChange", "DeviceStateListComplete", states
        )
        moves = asyncio.Queue[LinkState]()
        link = AmiLink(settings(pbx.port), {"Hangup"}, told=moves.put_nowait, devices=devices)
        async with running(link):
            while await moves.get() is not LinkState.LIVE:
                pass
            seen.append(dict(devices.presence))
            await pbx.send(device("PJSIP/101", "NOT_INUSE") + event("Hangup"))
            await link.take(), await link.take()
            seen.append(dict(devices.presence))
            pbx.drop()
            while await moves.get() is not LinkState.WAITING:
                pass
            seen.append(dict(devices.presence))
    assert seen == [{"101": Presence.IN_USE}, {"101": Presence.FREE}, {}]
