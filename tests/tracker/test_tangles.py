"""Local channels in numbers and knots that no dialplan makes: what a PBX gone wrong may tell."""

from __future__ import annotations

from itertools import combinations, count

import pytest

from bridge.domain.call_events import TalkChanged
from bridge.domain.pbx_events import (
    BridgeEntered,
    ChannelCreated,
    ChannelEnded,
    ChannelSnapshot,
    DialBegan,
    PbxEvent,
)
from bridge.domain.record import CallRecord
from bridge.tracker.tracker import Tracker, track
from tests.tracker.by_hand import CLIENT, DIRECTORY, ONE, records
from tests.tracker.imagined import timed


def pair(number: int) -> tuple[ChannelSnapshot, ChannelSnapshot]:
    """Both halves of a Local channel."""
    name = f"Local/s@somewhere-{number:08x}"
    return (
        ChannelSnapshot(f"2.{number}", f"{name};1", "1.1", 0),
        ChannelSnapshot(f"3.{number}", f"{name};2", "1.1", 0),
    )


def joined(number: int, one: str, other: str) -> list[PbxEvent]:
    """Two bridges, by a Local channel of this number."""
    near, far = pair(number)
    made: list[PbxEvent] = [ChannelCreated(None, near), ChannelCreated(None, far)]
    return [*made, BridgeEntered(None, near, one), BridgeEntered(None, far, other)]


def call(*between: PbxEvent, phone_in: str) -> CallRecord:
    """The client sits in the bridge 0, the phone in `phone_in`, and the client hangs up."""
    (record,) = records(
        ChannelCreated(None, CLIENT),
        ChannelCreated(None, ONE),
        BridgeEntered(None, CLIENT, "0"),
        *between,
        BridgeEntered(None, ONE, phone_in),
        ChannelEnded(None, CLIENT, 16),
    )
    return record


@pytest.mark.parametrize(
    ("length", "named"),
    [pytest.param(8, "101", id="a long way"), pytest.param(600, None, id="too long to follow")],
)
def test_a_chain_of_bridges(length: int, named: str | None) -> None:
    links = [event for n in range(length) for event in joined(n, str(n), str(n + 1))]
    record = call(*links, phone_in=str(length))
    assert (record.responsible, record.needs_review) == (named, named is None)


def test_bridges_of_which_each_is_joined_to_every_other() -> None:
    """There are millions of ways from one end to the other."""
    numbers = count()
    links = [
        event
        for one, other in combinations(range(12), 2)
        for event in joined(next(numbers), str(one), str(other))
    ]
    assert call(*links, phone_in="11").responsible in {None, "101"}


def test_local_channels_that_have_each_other_dialled() -> None:
    (a, b), (c, d) = pair(1), pair(2)
    ring = [DialBegan(None, d, a, ""), DialBegan(None, CLIENT, b, ""), DialBegan(None, b, c, "")]
    assert call(*ring, phone_in="0").responsible == "101"


def test_a_chain_of_dials_that_is_told_from_its_end() -> None:
    dials = [DialBegan(None, pair(n)[1], pair(n + 1)[0], "") for n in reversed(range(1500))]
    first = DialBegan(None, CLIENT, pair(0)[0], "")
    assert call(*dials, first, phone_in="0").responsible == "101"


def test_a_conference_of_very_many_local_channels_still_tells_who_talks() -> None:
    lines = [event for n in range(300) for event in joined(n, "0", f"line {n}")]
    events = [
        ChannelCreated(None, CLIENT),
        BridgeEntered(None, CLIENT, "0"),
        *lines,
        ChannelCreated(None, ONE),
        BridgeEntered(None, ONE, "line 7"),
    ]
    told = track(Tracker("pbx", DIRECTORY), timed(events))
    assert [event.agents for event in told if isinstance(event, TalkChanged)] == [("101",)]
