"""One number dialled over two trunks at once: the channel that is answered is the client's."""

from __future__ import annotations

from datetime import timedelta

from bridge.domain.call_events import CallFinished
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelEnded,
    ChannelSnapshot,
    DialBegan,
    DialEnded,
    DialStatus,
)
from bridge.tracker.tracker import Tracker, track
from tests.tracker.imagined import START, timed

AGENT = ChannelSnapshot("1.1", "PJSIP/101-00000001", "1.1", 4, "101")
ONE = ChannelSnapshot("1.2", "PJSIP/trunk-one-00000002", "1.1", 0)
TWO = ChannelSnapshot("1.3", "PJSIP/trunk-two-00000003", "1.1", 0)


def test_the_call_ends_with_the_channel_that_was_answered() -> None:
    stream = timed(
        [
            ChannelCreated(None, AGENT),
            ChannelCreated(None, ONE),
            ChannelCreated(None, TWO),
            DialBegan(None, AGENT, ONE, "89161234567@trunk-one"),
            DialBegan(None, AGENT, TWO, "89161234567@trunk-two"),
            DialEnded(None, AGENT, ONE, DialStatus.ANSWER),
            DialEnded(None, AGENT, TWO, DialStatus.CANCEL),
            ChannelEnded(None, TWO, 26),
            BridgeEntered(None, ONE, "b", members=1),
            BridgeEntered(None, AGENT, "b", members=2),
            BridgeLeft(None, ONE, "b", members=1),
            BridgeLeft(None, AGENT, "b", members=0),
            ChannelEnded(None, ONE, 16),
            ChannelEnded(None, AGENT, 16),
        ]
    )
    tracker = Tracker("pbx", Directory(trunks=["PJSIP/trunk-*"]))
    (record,) = (e.record for e in track(tracker, stream) if isinstance(e, CallFinished))
    assert (record.responsible, record.cause, record.ended_at) == (
        "101",
        16,
        START + timedelta(seconds=12),
    )
