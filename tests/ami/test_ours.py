"""A snapshot, a gap and a restart of Asterisk survive the journal as they were."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.ami.ours import GAP, written
from bridge.ami.replay import pbx_events
from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeKind,
    ChannelSnapshot,
    LinkLost,
    PbxEvent,
    PbxStarted,
    QueueJoined,
    SnapshotTaken,
)

AT = datetime(2026, 11, 21, 9, 30, 0, 123456, UTC)
CLIENT = ChannelSnapshot(
    *("1.1", "PJSIP/trunk-00000001", "1.1", 6),
    *("+79161234561", "Vera: O.", "", "from-trunk", "s"),
)
AGENT = ChannelSnapshot("1.2", "PJSIP/102-00000002", "1.1", 6)
WAITING = ChannelSnapshot("2.1", "PJSIP/trunk-00000003", "2.1", None, sent_by="PJSIP/101-00000004")
SNAPSHOT = SnapshotTaken(
    AT,
    (CLIENT, AGENT, WAITING),
    (
        BridgeEntered(AT, CLIENT, "b1"),
        BridgeEntered(AT, AGENT, "b1"),
        BridgeEntered(AT, WAITING, "b2", BridgeKind.HOLDING),
    ),
    (QueueJoined(AT, WAITING, "service"),),
)


def read(text: str) -> list[PbxEvent]:
    damage: list[object] = []
    events = list(pbx_events([text.encode()], damage.append))
    assert damage == []
    return events


@pytest.mark.parametrize(
    "event",
    [SNAPSHOT, SnapshotTaken(None, (), ()), LinkLost(None), PbxStarted(None, None)],
    ids=lambda event: type(event).__name__,
)
def test_it_is_read_as_it_was_written(event: LinkLost | PbxStarted | SnapshotTaken) -> None:
    assert read(written(event)) == [event]


def test_a_snapshot_that_a_death_cut_off_is_not_mixed_into_the_next() -> None:
    begun = written(SNAPSHOT).split("Event: ")[1]
    whole = written(SnapshotTaken(AT, (AGENT,), ()))
    assert read("Event: " + begun + GAP + whole) == [
        LinkLost(None),
        SnapshotTaken(AT, (AGENT,), ()),
    ]
