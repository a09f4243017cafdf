"""Calls as ARI told of them: the same records as over AMI, whatever is lost on the way.

Recorded from a real Asterisk 22 with `python -m tests.ari.record`; no Asterisk needed.
"""

from __future__ import annotations

import pytest

from bridge.ari.recorded import pbx_events
from bridge.domain.call_events import CallFinished
from bridge.domain.pbx_events import PbxEvent
from bridge.link.damage import Damage
from bridge.tracker.tracker import Tracker, track
from tests.ari.record import NAME
from tests.lab.truth import mismatches
from tests.tracker.faults import gapped, started_late, tally
from tests.tracker.recorded import CALLS, Recorded, all_recorded

RECORDED = [call for call in all_recorded() if (CALLS / call.name / NAME).exists()]
each = pytest.mark.parametrize("call", RECORDED, ids=lambda call: call.name)


def events(call: Recorded) -> list[PbxEvent]:
    def damaged(damage: object) -> None:
        raise AssertionError(f"{call.name} is damaged: {damage}")

    return list(pbx_events([(CALLS / call.name / NAME).read_bytes()], damaged))


@each
def test_the_records_are_what_the_people_did(call: Recorded) -> None:
    told = track(Tracker("pbx", call.directory(), call.region), events(call))
    records = [one.record.to_json() for one in told if isinstance(one, CallFinished)]
    assert mismatches(records, call.truth) == []


@each
def test_no_event_lost_told_twice_or_swapped_names_a_wrong_agent_raises_or_leaves_state(
    call: Recorded,
) -> None:
    result = tally(call.name, events(call), call.directory(), call.region)
    assert (result.wrong, result.raised, result.left) == ([], [], [])


@each
def test_no_gap_and_no_start_in_the_middle_names_a_wrong_agent(call: Recorded) -> None:
    told, directory = events(call), call.directory()
    for faults in (gapped(told), started_late(told)):
        result = tally(call.name, told, directory, call.region, faults)
        assert (result.wrong, result.raised, result.left) == ([], [], [])


@pytest.mark.parametrize("cut", [2, 300, 1500])
def test_a_capture_that_is_cut_off_and_what_is_no_event_in_it_are_told_by_their_byte(
    cut: int,
) -> None:
    capture = (CALLS / RECORDED[0].name / NAME).read_bytes()
    last = capture.rindex(b"\n", 0, len(capture) - cut) + 1
    damage: list[Damage] = []
    read = list(pbx_events([b"{}\n", capture[: len(capture) - cut]], damage.append))
    assert read == list(pbx_events([capture[:last]], lambda damage: None))
    assert damage == [Damage(0, "no event"), Damage(3 + last, "cut off: the last line has no end")]
