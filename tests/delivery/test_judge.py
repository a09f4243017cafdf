"""The judge of these tests sees what it is there to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from tests.delivery.calls import STRANGER, call_id
from tests.delivery.judge import complaints
from tests.delivery.stand import Stand
from tests.portals.bitrix24.portal import Portal
from tests.portals.bitrix24.state import Call


def _call(portal: Portal, number: int) -> Call:
    return next(one for one in portal.calls if one.external_id == call_id(number))


def _lose(portal: Portal) -> None:
    del portal.state.calls[_call(portal, 1).call_id]


def _double(portal: Portal) -> None:
    portal.state.calls["again"] = replace(_call(portal, 4), record=None)


def _double_what_was_clicked(portal: Portal) -> None:
    (one,) = [each for each in portal.calls if each.clicked and each.finish and each.entity]
    portal.state.calls["again"] = replace(one, external_id=call_id(8), clicked=False, record=None)


def _leave_unfinished(portal: Portal) -> None:
    _call(portal, 4).finish = None


def _begin_again(portal: Portal) -> None:
    portal.state.calls["again"] = replace(_call(portal, 7), finish=None, record=None)


def _leave_a_card(portal: Portal) -> None:
    _call(portal, 6).cards.add(2)


def _mix_recordings(portal: Portal) -> None:
    one, other = _call(portal, 0), _call(portal, 1)
    one.record, other.record = other.record, one.record


def _record_twice(portal: Portal) -> None:
    portal.state.files[1] = ("again.mp3", b"")


def _make_a_lead_more(portal: Portal) -> None:
    portal.add("lead", STRANGER, TITLE="again")


def _show_elsewhere(portal: Portal) -> None:
    for activity in portal.state.activities.values():
        activity["bindings"] = list(activity["bindings"])[:1]


def _turn_about(portal: Portal) -> None:
    for one in portal.calls:
        if one.finish:
            one.finish.place = -one.finish.place


MISCHIEF: Final[dict[str, Callable[[Portal], None]]] = {
    "is there 0 times": _lose,
    "call 4 is there 2 times": _double,
    "call 8 is there 2 times": _double_what_was_clicked,
    "call 4 was never finished": _leave_unfinished,
    "call 7 was never finished": _begin_again,
    "call 6 has its card open at [2]": _leave_a_card,
    "the recording of another": _mix_recordings,
    "10 calls have recordings, 12 files came": _record_twice,
    "leads: ": _make_a_lead_more,
    "is shown on": _show_elsewhere,
    "came in the order": _turn_about,
}


@pytest.mark.proves("S0-14")
@pytest.mark.parametrize("words", MISCHIEF)
async def test_the_judge_sees_each_mischief(at: Stand, words: str) -> None:
    async with at.running(str(at.folder / "bridge.db")):
        await at.call()
        await at.pass_time()
    MISCHIEF[words](at.portal)
    assert words in " ".join(complaints(at.portal))
