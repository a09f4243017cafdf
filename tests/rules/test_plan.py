"""What holds for every plan, and how it is shown to a person."""

from __future__ import annotations

import json

import pytest

from bridge.domain.commands import Planned
from bridge.domain.record import Direction, Recording, RecordingState
from bridge.rules.explain import explain_plan
from tests.rules.office import call, case, contact, planned, words

BOTH = (
    Recording(id="r1", file="r1.wav", state=RecordingState.READY),
    Recording(id="r2", state=RecordingState.EXPECTED),
    Recording(id="r3", state=RecordingState.EMPTY),
)


def test_each_command_has_its_own_key_of_destination_call_command_and_subject() -> None:
    assert [item.key for item in planned(call(recordings=BOTH))] == [
        "crm/pbx-1.1/create_lead/lead",
        "crm/pbx-1.1/log_call/call",
        "crm/pbx-1.1/attach_recording/r1",
        "crm/pbx-1.1/attach_further_recording/r2",
    ]


def test_a_later_revision_keeps_the_keys() -> None:
    first, second = (planned(call(revision=revision)) for revision in (1, 2))
    assert [item.key for item in first] == [item.key for item in second]


@pytest.mark.proves("S1-28")
@pytest.mark.parametrize("direction", [Direction.INBOUND, Direction.OUTBOUND])
def test_every_recording_that_can_come_is_attached_to_the_logged_call(
    direction: Direction,
) -> None:
    recordings = [
        word for word in words(planned(call(direction, recordings=BOTH))) if "rec" in word
    ]
    assert recordings == ["attach_recording r1", "attach_further_recording r2"]


def test_a_plan_can_be_written_down_and_read_back() -> None:
    plan = planned(call(recordings=BOTH), contact("7"))
    assert [Planned.from_json(json.loads(json.dumps(item.to_json()))) for item in plan] == plan


def test_the_dry_run_says_what_and_why() -> None:
    lines = [json.loads(line) for line in explain_plan(case(call(), contact("7")))]
    assert lines[0]["command"]["command"] == "create_lead"
    assert lines[0]["why"] == (
        "contact 7 stores this number but has no open deal or lead: a repeat request."
        " Owner: 101 talked with the client last."
    )


def test_the_dry_run_says_so_when_nothing_goes_to_the_crm() -> None:
    (line,) = explain_plan(case(call(Direction.INTERNAL)))
    assert json.loads(line)["command"] is None
