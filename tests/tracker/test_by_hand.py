"""What no recorded call of the laboratory shows by itself: streams written by hand."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelEnded,
    ChannelSnapshot,
    DialBegan,
    DialEnded,
    DialStatus,
    HoldChanged,
    LinkLost,
    Parked,
    SnapshotTaken,
    Unparked,
)
from bridge.domain.record import Direction
from tests.tracker.by_hand import CLIENT, ONE, TWO, records, rings, talk
from tests.tracker.imagined import RING


def test_a_hold_that_the_transferer_never_ended_is_over_with_his_talk() -> None:
    (record,) = records(
        ChannelCreated(None, CLIENT),
        *rings(CLIENT, ONE),
        *talk("b", CLIENT, ONE),
        HoldChanged(None, ONE, on=True),  # 6: one second before he leaves
        BridgeLeft(None, ONE, "b", members=1),
        *rings(CLIENT, TWO),
        BridgeEntered(None, TWO, "b", members=2),  # 11
        BridgeLeft(None, TWO, "b", members=1),
        BridgeLeft(None, CLIENT, "b", members=0),
        *(ChannelEnded(None, channel, 16) for channel in (TWO, ONE, CLIENT)),
    )
    assert (record.talk_seconds, record.hold_seconds) == (2.0, 1.0)


def test_a_client_s_hold_counts_with_whomever_he_talks() -> None:
    (record,) = records(
        ChannelCreated(None, CLIENT),
        *rings(CLIENT, ONE),
        *talk("b", CLIENT, ONE),
        HoldChanged(None, CLIENT, on=True),
        HoldChanged(None, CLIENT, on=False),
        BridgeLeft(None, ONE, "b", members=1),
        BridgeLeft(None, CLIENT, "b", members=0),
        *(ChannelEnded(None, channel, 16) for channel in (ONE, CLIENT)),
    )
    assert record.hold_seconds == 1.0


def test_who_fetches_a_parked_colleague_makes_no_call_of_his_own() -> None:
    caller = ChannelSnapshot("1.1", "PJSIP/101-00000001", "1.1", RING, "101")
    fetches = ChannelSnapshot("1.4", "PJSIP/103-00000004", "1.4", RING, "103")
    found = records(
        ChannelCreated(None, caller),
        *rings(caller, TWO),
        *talk("b", caller, TWO),
        Parked(None, TWO),
        BridgeLeft(None, caller, "b", members=1),
        ChannelEnded(None, caller, 16),
        BridgeLeft(None, TWO, "b", members=0),
        ChannelCreated(None, fetches),
        Unparked(None, TWO, fetches),
        *talk("c", TWO, fetches),
        BridgeLeft(None, TWO, "c", members=1),
        BridgeLeft(None, fetches, "c", members=0),
        *(ChannelEnded(None, channel, 16) for channel in (TWO, fetches)),
    )
    assert [one.direction for one in found] == [Direction.INTERNAL]


def test_an_agent_who_calls_a_colleague_s_mobile_calls_no_client() -> None:
    caller = ChannelSnapshot("1.1", "PJSIP/101-00000001", "1.1", RING, "101")
    mobile = ChannelSnapshot("1.2", "PJSIP/trunk-a-00000002", "1.1", 0, "")
    found = records(
        ChannelCreated(None, caller),
        ChannelCreated(None, mobile),
        DialBegan(None, caller, mobile, "89160000102@trunk-a"),
        DialEnded(None, caller, mobile, DialStatus.ANSWER),
        *talk("b", caller, mobile),
        BridgeLeft(None, mobile, "b", members=1),
        BridgeLeft(None, caller, "b", members=0),
        *(ChannelEnded(None, channel, 16) for channel in (mobile, caller)),
    )
    assert [one.direction for one in found] == [Direction.INTERNAL]


def test_only_an_agent_who_sent_the_client_away_had_talked_with_him() -> None:
    """After a gap the snapshot says by whose transfer a channel is where it is."""
    sent = replace(CLIENT, sent_by="PJSIP/trunk-a-00000099")
    (record,) = records(
        ChannelCreated(None, CLIENT),
        LinkLost(None),
        SnapshotTaken(None, (sent,), ()),
        ChannelEnded(None, CLIENT, 16),
    )
    assert record.responsible is None


def test_whom_the_pbx_names_as_the_last_one_clears_up_who_was_there_before() -> None:
    """Somebody whom no event names was in the bridge; after the gap the snapshot says that the
    client was sent on by One."""
    sent = replace(CLIENT, sent_by=ONE.name)
    (record,) = records(
        ChannelCreated(None, CLIENT),
        *rings(CLIENT, ONE),
        *talk("b", CLIENT, ONE),
        BridgeLeft(None, ONE, "b", members=2),
        BridgeEntered(None, ONE, "b", members=3),
        LinkLost(None),
        SnapshotTaken(None, (sent,), ()),
        ChannelEnded(None, CLIENT, 16),
    )
    assert record.responsible == "101"


def test_a_colleague_on_his_mobile_is_no_client_where_the_call_was_found_in_progress() -> None:
    """One talks with Two, who is outside; the daemon starts meanwhile."""
    mobile = ChannelSnapshot("1.3", "PJSIP/trunk-a-00000003", ONE.linkedid, 6, "+79160000102")
    caller = replace(ONE, uniqueid=ONE.linkedid, state=6)
    members = [BridgeEntered(None, one, "b", members=2) for one in (caller, mobile)]
    found = records(
        LinkLost(None),
        SnapshotTaken(None, (caller, mobile), tuple(members)),
        *(BridgeLeft(None, one, "b", members=left) for left, one in ((1, caller), (0, mobile))),
        *(ChannelEnded(None, one, 16) for one in (caller, mobile)),
    )
    assert [one for one in found if one.direction is Direction.OUTBOUND] == []


def test_a_colleagues_mobile_is_no_client_either_where_nobody_is_known_to_have_called_it() -> None:
    mobile = ChannelSnapshot("1.3", "PJSIP/trunk-a-00000003", "1.3", 0)
    found = records(
        ChannelCreated(None, mobile),
        DialBegan(None, None, mobile, "+79160000102@trunk-a"),
        DialEnded(None, None, mobile, DialStatus.CANCEL),
        ChannelEnded(None, mobile, 16),
    )
    assert found == []
