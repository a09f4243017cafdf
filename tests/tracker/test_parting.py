"""What is left of calls that are over."""

from __future__ import annotations

import pytest

from bridge.tracker import parting
from bridge.tracker.tracker import Tracker
from tests.calls.judge import judge
from tests.lab.garbage import left_by
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
