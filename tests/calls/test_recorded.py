"""Every recorded call gives the records that its people would write: no Asterisk needed.

A recording that is missing or wrong is made anew with `python -m tests.lab.record NAME`.
"""

import pytest

from tests.calls.judge import judge
from tests.lab.scenario import load
from tests.tracker.recorded import Recorded, all_recorded


@pytest.mark.parametrize("call", all_recorded(), ids=lambda call: call.name)
def test_the_records_are_what_the_people_did(call: Recorded) -> None:
    assert judge(call.capture(), call.truth) == []


PLAYED = [call for call in all_recorded() if call.truth.get("scenario") in load()]


@pytest.mark.parametrize("call", PLAYED, ids=lambda call: call.name)
def test_the_truth_is_still_what_the_scenario_says(call: Recorded) -> None:
    """If not: `python -m tests.lab.record --truth`."""
    written = load()[call.truth["scenario"]].written()
    assert {key: call.truth[key] for key in written} == written
