"""Every recorded call with every single fault at every position."""

from __future__ import annotations

import pytest

from bridge.tracker import parting
from tests.tracker.faults import gapped, lost_in_pairs, started_late, tally
from tests.tracker.recorded import Recorded, all_recorded


@pytest.fixture(autouse=True)
def _busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where many channels end meanwhile: those of this call are soon forgotten."""
    monkeypatch.setattr(parting, "REMEMBERED", 4)


@pytest.mark.parametrize("call", all_recorded(), ids=lambda call: call.name)
def test_no_single_fault_names_a_wrong_agent_raises_or_leaves_state(call: Recorded) -> None:
    result = tally(call.name, call.events(), call.directory(), call.region)
    assert (result.wrong, result.raised, result.left) == ([], [], [])


@pytest.mark.parametrize("call", all_recorded(), ids=lambda call: call.name)
def test_no_two_events_lost_close_together_name_a_wrong_agent(call: Recorded) -> None:
    events, directory = call.events(), call.directory()
    result = tally(call.name, events, directory, call.region, lost_in_pairs(events))
    assert (result.wrong, result.raised, result.left) == ([], [], [])


@pytest.mark.parametrize("call", all_recorded(), ids=lambda call: call.name)
def test_no_gap_in_the_link_names_a_wrong_agent(call: Recorded) -> None:
    events, directory = call.events(), call.directory()
    result = tally(call.name, events, directory, call.region, gapped(events))
    assert (result.wrong, result.raised, result.left) == ([], [], [])


@pytest.mark.parametrize("call", all_recorded(), ids=lambda call: call.name)
def test_no_start_in_the_middle_of_a_call_names_a_wrong_agent(call: Recorded) -> None:
    events, directory = call.events(), call.directory()
    result = tally(call.name, events, directory, call.region, started_late(events))
    assert (result.wrong, result.raised, result.left) == ([], [], [])
