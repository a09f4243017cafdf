"""Several recordings of one call: the first in the call's own place, the others beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.commands import Outcome, Verdict
from bridge.domain.record import Recording, RecordingState
from tests.outbox.conftest import Desk
from tests.outbox.fake_crm import LOST, NEVER_CAME, TRY_LATER, Silence
from tests.rules.office import call

FIRST, SECOND = "crm/pbx-1.1/attach_recording", "crm/pbx-1.1/attach_further_recording"
NO_PLACE = Outcome(verdict=Verdict.ACCEPTED, detail="the call is on no client")
LATER = timedelta(minutes=20)


def both() -> tuple[Recording, ...]:
    return tuple(
        Recording(id=id, file=f"{id}.wav", state=RecordingState.READY) for id in ("r1", "r2")
    )


@pytest.mark.parametrize("first", [None, LOST, NEVER_CAME, TRY_LATER])
async def test_they_go_in_order_whatever_becomes_of_the_first(
    desk: Desk, first: Silence | Outcome | None
) -> None:
    desk.crm.answers.extend([None, None, first])  # the lead, the call, the first recording
    await desk.finish(call(recordings=both()))
    for _ in range(3):
        await desk.deliver_in(LATER)
    made = [key for key in desk.crm.made if "recording" in key]
    assert (made, desk.crm.doubled()) == ([f"{FIRST}/r1", f"{SECOND}/r2"], [])


async def test_one_that_was_parked_leaves_the_place_to_the_other(desk: Desk) -> None:
    desk.crm.answers.extend([None, None, Outcome(verdict=Verdict.REFUSED, detail="too large")])
    await desk.finish(call(recordings=both()))
    await desk.deliver()
    (parked,) = [each for each in await desk.store.deliveries() if each.subject == "r1"]
    await desk.store.retry(parked.id, now=desk.clock.now(), by="anna")
    await desk.deliver_in(LATER)
    made = [key for key in desk.crm.made if "recording" in key]
    assert made == [f"{FIRST}/r2", f"{SECOND}/r1"]


async def test_what_the_crm_has_no_place_for_stays_with_us_and_says_why(desk: Desk) -> None:
    desk.crm.answers.extend([None, None, None, NO_PLACE])
    await desk.finish(call(recordings=both()))
    await desk.deliver()
    record = await desk.store.call("pbx-1.1")
    assert record is not None
    assert [item.state for item in record.recordings] == ["delivered", "ready"]
    assert await desk.states() == ["call done", "r1 done", "r2 done"]
    assert await desk.store.recording_details(["pbx-1.1"]) == {
        ("pbx-1.1", "r2"): "crm: the call is on no client"
    }


async def test_and_no_policy_erases_it_however_long_ago_that_was(desk: Desk) -> None:
    desk.crm.answers.extend([None, None, None, NO_PLACE])
    await desk.finish(call(recordings=both()))
    await desk.deliver()
    await desk.store.purge(desk.clock.now() + LATER, most=100)
    assert [copy.id for copy in await desk.store.undemanded(10)] == ["r1"]
