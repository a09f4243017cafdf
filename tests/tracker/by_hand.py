"""People, and what the PBX tells of them, for streams written by hand."""

from __future__ import annotations

from typing import Final

from bridge.domain.call_events import CallFinished
from bridge.domain.directory import Agent, Directory
from bridge.domain.pbx_events import (
    BridgeEntered,
    ChannelCreated,
    ChannelSnapshot,
    DialBegan,
    DialEnded,
    DialStatus,
    PbxEvent,
)
from bridge.domain.record import CallRecord
from bridge.tracker.tracker import Tracker, track
from tests.tracker.imagined import RING, timed

DIRECTORY: Final = Directory(
    trunks=["PJSIP/trunk-*"],
    agents=[
        Agent(extension="101", mobiles=("+79160000101",)),
        Agent(extension="102", mobiles=("+79160000102",)),
    ],
)
CLIENT: Final = ChannelSnapshot("1.1", "PJSIP/trunk-a-00000001", "1.1", RING, "+79161234567")
ONE: Final = ChannelSnapshot("1.2", "PJSIP/101-00000002", "1.1", 0, "101")
TWO: Final = ChannelSnapshot("1.3", "PJSIP/102-00000003", "1.1", 0, "102")


def records(*events: PbxEvent) -> list[CallRecord]:
    """Of a stream whose events are a second apart."""
    told = track(Tracker("pbx", DIRECTORY), timed(list(events)))
    return [event.record for event in told if isinstance(event, CallFinished)]


def rings(caller: ChannelSnapshot, phone: ChannelSnapshot) -> list[PbxEvent]:
    """And is answered."""
    return [
        ChannelCreated(None, phone),
        DialBegan(None, caller, phone, phone.number),
        DialEnded(None, caller, phone, DialStatus.ANSWER),
    ]


def talk(bridge: str, *members: ChannelSnapshot) -> list[PbxEvent]:
    return [
        BridgeEntered(None, member, bridge, members=count)
        for count, member in enumerate(members, 1)
    ]
