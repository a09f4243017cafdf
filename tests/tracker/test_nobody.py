"""Who is in a bridge beside the client and is nobody that he talks with."""

from __future__ import annotations

import pytest

from bridge.domain.call_events import CallFinished
from bridge.domain.directory import Directory
from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeKind,
    BridgeLeft,
    ChannelCreated,
    ChannelEnded,
    ChannelSnapshot,
)
from bridge.tracker.tracker import Tracker, track
from tests.tracker.imagined import timed

CLIENT = ChannelSnapshot("1.1", "PJSIP/trunk-00000001", "1.1", 4, "+79161234567")
AGENT = ChannelSnapshot("1.2", "PJSIP/101-00000002", "1.1", 0, "101")
OTHER_CLIENT = ChannelSnapshot("2.1", "PJSIP/trunk-00000003", "2.1", 4, "+79161234568")
ANNOUNCER = ChannelSnapshot("3.1", "Announcer/ARI-00000004;2", "3.1", 6)


@pytest.mark.parametrize(
    ("beside", "kind"),
    [
        pytest.param(OTHER_CLIENT, BridgeKind.HOLDING, id="another client who is parked, too"),
        pytest.param(ANNOUNCER, BridgeKind.MIXING, id="an announcement"),
    ],
)
def test_the_one_who_talked_before_stays_the_last(
    beside: ChannelSnapshot, kind: BridgeKind
) -> None:
    stream = timed(
        [
            ChannelCreated(None, CLIENT),
            ChannelCreated(None, AGENT),
            ChannelCreated(None, beside),
            BridgeEntered(None, CLIENT, "talk", members=1),
            BridgeEntered(None, AGENT, "talk", members=2),
            BridgeLeft(None, CLIENT, "talk", members=1),
            BridgeLeft(None, AGENT, "talk", members=0),
            BridgeEntered(None, CLIENT, "apart", kind, members=1),
            BridgeEntered(None, beside, "apart", kind, members=2),
            BridgeLeft(None, CLIENT, "apart", kind, members=1),
            ChannelEnded(None, CLIENT, 16),
            BridgeLeft(None, beside, "apart", kind, members=0),
            ChannelEnded(None, beside, 16),
            ChannelEnded(None, AGENT, 16),
        ]
    )
    tracker = Tracker("pbx", Directory(trunks=["PJSIP/trunk-*"]))
    records = [e.record for e in track(tracker, stream) if isinstance(e, CallFinished)]
    (record,) = (one for one in records if one.call_id == "pbx-1.1")
    assert (record.responsible, record.transferred_out, record.needs_review) == ("101", None, False)
