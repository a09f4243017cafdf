"""What is left of calls that are over."""

from __future__ import annotations

import pytest

from bridge.domain.pbx_events import (
    BridgeEntered,
    BridgeLeft,
    ChannelCreated,
    ChannelEnded,
    DialBegan,
    DialEnded,
    DialStatus,
)
from bridge.tracker import parting
from bridge.tracker.tracker import Tracker
from tests.calls.judge import judge
from tests.lab.garbage import left_by
from tests.tracker.by_hand import CLIENT, ONE, TWO, records, rings, talk
from tests.tracker.recorded import Recorded, all_recorded

OFFICE = [call for call in all_recorded() if not call.truth["agents"]]


async def test_calls_that_are_over_leave_nothing_to_the_collector(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parting, "REMEMBERED", 0)
    played = iter(OFFICE)
    tracker = Tracker("pbx", OFFICE[0].directory())

    async def one_is_played() -> None:
        for event in next(played).events():
            tracker.handle(event)

    assert await left_by(one_is_played) == 0


@pytest.mark.parametrize("call", all_recorded(), ids=lambda call: call.name)
def test_a_call_needs_nothing_that_is_parted(
    call: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parting, "REMEMBERED", 0)
    assert judge(call.capture(), call.truth) == []


TALKED_WITH_ONE = [
    ChannelCreated(None, CLIENT),
    *rings(CLIENT, ONE),
    *talk("b", CLIENT, ONE),
    BridgeLeft(None, ONE, "b", members=1),
    BridgeLeft(None, CLIENT, "b", members=0),
    ChannelEnded(None, ONE, 16),
]


def test_a_bridge_that_may_still_name_somebody_keeps_who_was_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client's Enter into the conference is lost; his Leave proves that he was in it."""
    monkeypatch.setattr(parting, "REMEMBERED", 0)
    (record,) = records(
        *TALKED_WITH_ONE,
        ChannelCreated(None, TWO),
        BridgeEntered(None, TWO, "conference", members=2),
        BridgeLeft(None, TWO, "conference", members=1),
        ChannelEnded(None, TWO, 16),
        BridgeLeft(None, CLIENT, "conference", members=0),
        ChannelEnded(None, CLIENT, 16),
    )
    assert record.responsible == "102"


def test_who_answered_the_client_unseen_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rung by Originate, and the client's way to him is lost: nobody can be named."""
    monkeypatch.setattr(parting, "REMEMBERED", 0)
    (record,) = records(
        *TALKED_WITH_ONE,
        ChannelCreated(None, TWO),
        DialBegan(None, None, TWO, ""),
        DialEnded(None, CLIENT, TWO, DialStatus.ANSWER),
        BridgeEntered(None, TWO, "c", members=1),
        BridgeLeft(None, TWO, "c", members=0),
        ChannelEnded(None, TWO, 16),
        ChannelEnded(None, CLIENT, 16),
    )
    assert (record.responsible, record.needs_review) == (None, True)
